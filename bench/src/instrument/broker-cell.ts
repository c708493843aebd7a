import { randomUUID } from 'node:crypto'
import { createTopics } from '@waybill/brokers/topics'
import type { Consumer, ConsumerRunConfig } from 'kafkajs'
import { instrumented } from './instrumented.ts'
import type { Contender, RealKafka } from './setting.ts'

/*
 * One contender against a real Kafka, in a process of its own: `broker-cell.ts <contender> <messages> <brokers>`.
 * Sends so many messages in hundreds, reads them message by message, and again batch by batch. Prints the CPU
 * microseconds of this process for each message, as JSON; the first half is warm-up, since compiling counts as well.
 */

const perSend = 100
const topic = `bench-${randomUUID()}`

const [contender, count = '', brokers = ''] = process.argv.slice(2)
const messages = Number(count)
const warmUp = messages / 2
const clients = await instrumented({ contender: contender as Contender, spans: 'ring', exportUrl: '' })
const kafka = await clients.realKafka(brokers.split(','))
await createTopic(kafka)
const handle = async (): Promise<void> => {}
const values = {
  brokerSend100: await sending(kafka),
  brokerEachMessage: await reading(kafka, count => ({
    eachMessage: async () => count(1),
  })),
  brokerEachBatch: await reading(kafka, count => ({
    async eachBatch({ batch }) {
      await clients.each(batch.messages, handle)
      count(batch.messages.length)
    },
  })),
}
console.log(JSON.stringify(values))
process.exit()

async function createTopic(kafka: RealKafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await createTopics(admin, [{ topic }])
  await admin.disconnect()
}

async function sending(kafka: RealKafka): Promise<number> {
  const producer = kafka.producer()
  await producer.connect()
  const send = async (from: number, to: number): Promise<void> => {
    for (let sent = from; sent < to; sent += perSend)
      await producer.send({
        topic,
        messages: Array.from({ length: perSend }, () => ({
          key: 'customer-4711',
          value: 'x'.repeat(100),
          headers: { source: 'shop', kind: 'created' },
        })),
      })
  }
  await send(0, warmUp)
  const before = process.cpuUsage()
  await send(warmUp, messages)
  const spent = microsSince(before)
  await producer.disconnect()
  return spent / (messages - warmUp)
}

/** Reads all messages; the CPU from the end of the warm-up to the last of them. */
async function reading(
  kafka: RealKafka,
  handlers: (count: (messages: number) => void) => ConsumerRunConfig,
): Promise<number> {
  const consumer: Consumer = kafka.consumer({
    groupId: `group-${randomUUID()}`,
    maxBytesPerPartition: 65_536,
  })
  const { promise, resolve } = Promise.withResolvers<number>()
  let read = 0
  let before: NodeJS.CpuUsage | undefined
  let first = 0
  const count = (messages_: number): void => {
    read += messages_
    if (before === undefined && read >= warmUp) {
      before = process.cpuUsage()
      first = read
    }
    if (before !== undefined && read >= messages) resolve(microsSince(before) / (read - first))
  }
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run(handlers(count))
  const spent = await promise
  await consumer.disconnect()
  return spent
}

function microsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}
