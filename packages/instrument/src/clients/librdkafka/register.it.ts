import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { testKafka } from '../../testing/kafka.ts'
import type { NativeClient } from '../../testing/native-clients.ts'
import { confluents, nativeFolder, rdkafkas } from '../../testing/native-clients.ts'
import { kafkajsWork, librdkafkaWork } from '../../testing/native-work.ts'
import { programFolder, run, runTraced } from '../../testing/program.ts'
import { testReceiver } from '../../testing/receiver.ts'

const kafka = testKafka()
const receiver = testReceiver()

const apis: readonly {
  readonly title: string
  readonly clients: readonly NativeClient[]
  readonly work: string
}[] = [
  { title: "librdkafka's API", clients: [...confluents, ...rdkafkas], work: librdkafkaWork },
  { title: 'the KafkaJS-like API', clients: confluents, work: kafkajsWork },
]

const oldest = new Set([...confluents.slice(1), ...rdkafkas.slice(1)])

for (const { title, clients, work } of apis)
  for (const client of clients) {
    test(`zero-code start traces ${title} of ${client.name} ${client.version}`, async t => {
      const folder = await nativeFolder(client, t)
      if (folder === undefined) return
      const installed = join(folder, 'node_modules', client.name)
      const programs = await programFolder({
        'imported.mjs': `import Rdkafka from '${installed}/lib/index.js'\n${work}`,
        'required.cjs': `const Rdkafka = require('${installed}')\nasync function main() {${work}}\nmain()`,
        'early.mjs': `import Rdkafka from '${installed}/lib/index.js'\nawait import('@waybill/instrument/register')\n${work}`,
      })
      for (const file of oldest.has(client)
        ? ['required.cjs']
        : ['imported.mjs', 'required.cjs', 'early.mjs']) {
        const topic = await kafka.topic()
        receiver.spans.length = 0
        const options = {
          env: {
            BROKERS: kafka.brokers.join(','),
            TOPIC: topic,
            OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
          },
        }
        const outcome = await (file === 'early.mjs'
          ? run(programs, [file], options)
          : runTraced(programs, file, options))
        assert.equal(outcome.code, 0, outcome.stderr)
        assert.doesNotMatch(outcome.stderr, /WaybillInstrument/)
        const [sent, processed, ...more] = receiver.spans
        assert.deepEqual(
          more.map(span => span.name),
          [],
          file,
        )
        assert.deepEqual([sent?.name, processed?.name], [`send ${topic}`, `process ${topic}`])
        assert.equal(processed?.parentSpanId, sent?.spanId)
      }
    })
  }

test("zero-code start makes one span of what Confluent's producer, and the client within, commit", async t => {
  const [client] = confluents
  const folder = client && (await nativeFolder(client, t))
  if (client === undefined || folder === undefined) return
  const programs = await programFolder({
    'transaction.cjs': `
      const { Kafka } = require('${join(folder, 'node_modules', client.name)}').KafkaJS
      async function main() {
        const kafka = new Kafka({ kafkaJS: { brokers: [process.env.BROKERS], logLevel: 0 } })
        const topic = process.env.TOPIC
        const consumer = kafka.consumer({ kafkaJS: { groupId: topic } })
        await consumer.connect()
        const producer = kafka.producer({ kafkaJS: { transactionalId: topic } })
        await producer.connect()
        for (const offset of ['5', '6']) {
          const transaction = await producer.transaction()
          await transaction.sendOffsets({ consumer, topics: [{ topic, partitions: [{ partition: 0, offset }] }] })
          await transaction.send({ topic, messages: [{ value: 'v' }] })
          await transaction.commit()
        }
        await Promise.all([producer.disconnect(), consumer.disconnect()])
      }
      main()`,
  })
  const topic = await kafka.topic()
  receiver.spans.length = 0
  const outcome = await runTraced(programs, 'transaction.cjs', {
    env: {
      BROKERS: kafka.brokers.join(','),
      TOPIC: topic,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '60000',
    },
  })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.deepEqual(
    receiver.spans.map(({ name }) => name),
    [`commit ${topic}`, `send ${topic}`, `commit ${topic}`, `send ${topic}`],
  )
})

test('zero-code start has the message in scope in a loop over a read stream', async t => {
  const [client] = rdkafkas
  const folder = client && (await nativeFolder(client, t))
  if (folder === undefined) return
  const [producing = ''] = librdkafkaWork.split('const consumer =')
  const programs = await programFolder({
    'loop.mjs': `import Rdkafka from '${join(folder, 'node_modules', 'node-rdkafka', 'lib', 'index.js')}'
      import { trace } from '@opentelemetry/api'
      ${producing}
      const options = { topics: [topic], waitInterval: 10 }
      const group = { ...config, 'group.id': topic }
      const stream = Rdkafka.createReadStream(group, { 'auto.offset.reset': 'earliest' }, options)
      for await (const message of stream) {
        trace.getTracer('own').startSpan('within').end()
        break
      }`,
  })
  const topic = await kafka.topic()
  receiver.spans.length = 0
  const outcome = await runTraced(programs, 'loop.mjs', {
    env: { BROKERS: kafka.brokers.join(','), TOPIC: topic, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  })
  assert.equal(outcome.code, 0, outcome.stderr)
  const spanOf = (name: string) => receiver.spans.find(span => span.name === name)
  assert.equal(spanOf('within')?.parentSpanId, spanOf(`process ${topic}`)?.spanId)
  assert.equal(spanOf(`process ${topic}`)?.parentSpanId, spanOf(`send ${topic}`)?.spanId)
})

test('what a listener rejects fails its message and stays unhandled', async t => {
  const [client] = rdkafkas
  const folder = client && (await nativeFolder(client, t))
  if (folder === undefined) return
  const programs = await programFolder({
    'failing.mjs': `import Rdkafka from '${join(folder, 'node_modules', 'node-rdkafka', 'lib', 'index.js')}'
      const unhandled = new Promise(resolve => process.once('unhandledRejection', resolve))
      const failing = async () => { throw new Error('no such order') }
      ${librdkafkaWork.replace("consumer.on('data', resolve)", "consumer.on('data', failing); unhandled.then(resolve)")}
      console.log('unhandled:', (await unhandled).message)`,
  })
  const topic = await kafka.topic()
  receiver.spans.length = 0
  const outcome = await runTraced(programs, 'failing.mjs', {
    env: { BROKERS: kafka.brokers.join(','), TOPIC: topic, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.match(outcome.stdout, /unhandled: no such order/)
  const processed = receiver.spans.find(span => span.name === `process ${topic}`)
  assert.equal(processed?.status?.message, 'no such order')
})
