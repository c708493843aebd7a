import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKafka } from '../testing/kafka.ts'
import { programFolder, run, runTraced } from '../testing/program.ts'
import { testReceiver } from '../testing/receiver.ts'

const kafka = testKafka()
const receiver = testReceiver()

/** What every variant does once it has the class: send a message, and read it. */
const work = `
  const kafka = new Kafka({ brokers: process.env.BROKERS.split(','), logLevel: 0 })
  const topic = process.env.TOPIC
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ key: 'k', value: 'v' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: topic })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await new Promise(resolve => consumer.run({ eachMessage: async () => resolve() }))
  await consumer.disconnect()
`

const programs: Readonly<Record<string, string>> = {
  'named-import.mjs': `import { Kafka } from 'kafkajs'\n${work}`,
  'default-import.mjs': `import kafkajs from 'kafkajs'\nconst { Kafka } = kafkajs\n${work}`,
  'dynamic-import.mjs': `const { Kafka } = await import('kafkajs')\n${work}`,
  'required.cjs': `const { Kafka } = require('kafkajs')\nasync function main() {${work}}\nmain()`,
  'typed.ts': `import { Kafka } from 'kafkajs'\nconst n: number = 1\n${work.replaceAll('process.env.', 'process.env!.')}\nvoid n`,
}

for (const file of Object.keys(programs)) {
  test(`zero-code start traces kafkajs in ${file}`, async () => {
    const folder = await programFolder(programs)
    const topic = await kafka.topic()
    receiver.spans.length = 0
    const outcome = await runTraced(folder, file, {
      env: {
        BROKERS: kafka.brokers.join(','),
        TOPIC: topic,
        OTEL_SERVICE_NAME: file,
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b',
      },
    })
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.doesNotMatch(outcome.stderr, /WaybillInstrument/)
    const [sent, processed, ...more] = receiver.spans
    assert.deepEqual(more, [])
    assert.equal(sent?.name, `send ${topic}`)
    assert.equal(sent?.service, file)
    assert.equal(processed?.name, `process ${topic}`)
    assert.equal(processed?.parentSpanId, sent?.spanId)
    assert.equal(receiver.requests.at(-1)?.['x-key'], 'a b')
  })
}

test('a client that was loaded and made before the start is traced', async () => {
  const folder = await programFolder({
    'early.mjs': `import { Kafka } from 'kafkajs'\nconst made = Kafka\nawait import('@waybill/instrument/register')\n{ const Kafka = made\n${work} }`,
  })
  const topic = await kafka.topic()
  receiver.spans.length = 0
  const outcome = await run(folder, ['early.mjs'], {
    env: { BROKERS: kafka.brokers.join(','), TOPIC: topic, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.deepEqual(
    receiver.spans.map(span => span.name),
    [`send ${topic}`, `process ${topic}`],
  )
})

test('topics are sampled by the configuration, the rest by the environment; the numbers of the export can be had', async () => {
  const topic = await kafka.topic()
  const folder = await programFolder({
    'config.json': JSON.stringify({ messages: { rules: [{ destination: topic, sample: 1 }] } }),
    'sampled.mjs': `
      import { exportStatistics } from '@waybill/instrument'
      import { trace } from '@opentelemetry/api'
      trace.getTracer('own').startSpan('not kept').end()
      ${programs['named-import.mjs']}
      console.log(JSON.stringify(exportStatistics()))
    `,
  })
  receiver.spans.length = 0
  const outcome = await runTraced(folder, 'sampled.mjs', {
    env: {
      BROKERS: kafka.brokers.join(','),
      TOPIC: topic,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '60000',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
      WAYBILL_INSTRUMENT_CONFIG: 'config.json',
    },
  })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.deepEqual(
    receiver.spans.map(({ name }) => name),
    [`send ${topic}`, `process ${topic}`],
  )
  const none = { exported: 0, droppedFull: 0, droppedUndelivered: 0, queued: 2 }
  assert.deepEqual(JSON.parse(outcome.stdout), none)
})
