import { setTimeout as delay } from 'node:timers/promises'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { nextSpan, processEach } from '@waybill/instrument'
import type { KafkaMessage } from 'kafkajs'
import { Kafka, logLevel } from 'kafkajs'
import { closeOnSignal, readSettings } from './settings.ts'

/*
 * consumer1, consumer2: read every record, each in a group of its own. That a record was polled is seen without a
 * line here; that this process did something with it is said by a span of its own.
 */
const { brokers, topic, groupId } = readSettings()
const kafka = new Kafka({ clientId: groupId, brokers: [...brokers], logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  eachBatch: ({ batch }) => processEach(batch, message => process(message).catch(passOver)),
})

async function process(message: KafkaMessage): Promise<void> {
  const span = nextSpan(message, 'doSomething')
  try {
    await context.with(trace.setSpan(context.active(), span), doSomething, undefined, message)
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error))
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

async function doSomething({ value }: KafkaMessage): Promise<void> {
  await delay(5)
  if (value?.length === 0) throw new Error('There is nothing in the record')
}

/** What cannot be dealt with would be polled again and again, and hold up its partition. */
function passOver(error: Error): void {
  console.warn(`Passed over: ${error.message}`)
}

closeOnSignal(() => consumer.disconnect())
console.log('ready')
