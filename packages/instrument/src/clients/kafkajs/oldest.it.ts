import assert from 'node:assert/strict'
import { cp, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import type * as kafkajs from 'kafkajs'
import { processEach, traceKafka } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import { programFolder, runTraced } from '../../testing/program.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { testReceiver } from '../../testing/receiver.ts'
import { until } from '../../testing/until.ts'

/*
 * The oldest kafkajs that is supported; the newest is what all other tests use. Versions before this one do not
 * understand the brokers of today.
 */
const oldest = 'kafkajs-1.8.0'
const { Kafka, logLevel } = createRequire(import.meta.url)(oldest) as typeof kafkajs

const spans = collectSpans()
const kafka = testKafka()
const receiver = testReceiver()
const closing: (() => Promise<void>)[] = []
const tracer = trace.getTracer('test')

beforeEach(() => spans.clear())
after(() => Promise.all(closing.map(close => close())))

const traced = () => traceKafka(new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }))

async function producing(): Promise<kafkajs.Producer> {
  const producer = traced().producer()
  await producer.connect()
  closing.push(() => producer.disconnect())
  return producer
}

async function consuming(topic: string, run: kafkajs.ConsumerRunConfig): Promise<void> {
  const consumer = traced().consumer({ groupId: `group-${topic}` })
  await consumer.connect()
  closing.push(() => consumer.disconnect())
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run(run)
}

test(`${oldest}: what is sent knows its place, and each message of a batch has its own span in scope`, async () => {
  const topic = await kafka.topic()
  const producer = await producing()
  await producer.send({ topic, messages: [{ key: 'k', value: '0' }, { value: '1' }] })
  await assert.rejects(producer.send({ topic, acks: 7, messages: [{ value: '2' }] }))
  await consuming(topic, {
    eachBatch: ({ batch }) => processEach(batch, message => tracer.startSpan(`db-${message.value}`).end()),
  })
  await until('the batch', () => spans.named(`poll ${topic}`).length === 1)
  const [first, second, refused] = spans.named(`send ${topic}`)
  assert.deepEqual(
    [first, second].map(span => span?.attributes['messaging.kafka.offset']),
    [0, 1],
  )
  assert.equal(refused?.status.code, SpanStatusCode.ERROR)
  const processed = spans.named(`process ${topic}`)
  assert.deepEqual(
    processed.map(span => span.parentSpanContext?.spanId),
    [first, second].map(span => span?.spanContext().spanId),
  )
  for (const [i, span] of processed.entries()) {
    assert.equal(spans.one(`db-${i}`).parentSpanContext?.spanId, span.spanContext().spanId)
    assert.match(String(span.attributes['messaging.kafka.cluster.id']), /\S/)
    assert.equal(span.attributes['messaging.consumer.group.name'], `group-${topic}`)
  }
})

test(`${oldest}: eachMessage runs in its message's span, and what it throws fails that`, async () => {
  const topic = await kafka.topic()
  const producer = await producing()
  await producer.sendBatch({ topicMessages: [{ topic, messages: [{ value: '0' }] }] })
  let attempts = 0
  await consuming(topic, {
    async eachMessage() {
      tracer.startSpan(`db-${++attempts}`).end()
      if (attempts === 1) throw new TypeError('once')
    },
  })
  await until('two attempts', () => spans.named(`process ${topic}`).length === 2)
  const [failed, done] = spans.named(`process ${topic}`)
  assert.equal(failed?.attributes['error.type'], 'TypeError')
  assert.equal(done?.status.code, SpanStatusCode.UNSET)
  assert.equal(spans.one('db-1').parentSpanContext?.spanId, failed?.spanContext().spanId)
  assert.equal(spans.one('db-2').parentSpanContext?.spanId, done?.spanContext().spanId)
})

const work = `
  const kafka = new Kafka({ brokers: process.env.BROKERS.split(','), logLevel: 0 })
  const topic = process.env.TOPIC
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ key: 'k', value: 'v' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: topic })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise(resolve => consumer.run({ eachMessage: async () => resolve() }))
  await consumer.disconnect()
`
const programs = {
  'imported.mjs': `import kafkajs from 'kafkajs'\nconst { Kafka } = kafkajs\n${work}`,
  'required.cjs': `const { Kafka } = require('kafkajs')\nasync function main() {${work}}\nmain()`,
}

for (const file of Object.keys(programs))
  test(`zero-code start traces ${oldest} in ${file}`, async () => {
    const folder = await programFolder(programs)
    const app = join(folder, 'app')
    await mkdir(join(app, 'node_modules'), { recursive: true })
    const installed = fileURLToPath(new URL(`../../../../../node_modules/${oldest}`, import.meta.url))
    await cp(installed, join(app, 'node_modules', 'kafkajs'), { recursive: true })
    await cp(join(folder, file), join(app, file))
    const topic = await kafka.topic()
    receiver.spans.length = 0
    const outcome = await runTraced(app, file, {
      env: {
        BROKERS: kafka.brokers.join(','),
        TOPIC: topic,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      },
    })
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.doesNotMatch(outcome.stderr, /WaybillInstrument/)
    const [sent, processed, ...more] = receiver.spans
    assert.deepEqual(more, [])
    assert.deepEqual([sent?.name, processed?.name], [`send ${topic}`, `process ${topic}`])
    assert.equal(processed?.parentSpanId, sent?.spanId)
  })

test('its spans have no attribute that the README does not have', async () => {
  assert.ok(spans.seen().length > 0)
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
