import assert from 'node:assert/strict'
import { glob, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { testKafka } from '../../packages/instrument/src/testing/kafka.ts'
import { testReceiver } from '../../packages/instrument/src/testing/receiver.ts'
import { runCommand } from '../set-up/run-command.ts'
import { nodeOf } from './node-versions.ts'
import { environment, publishedFolder } from './published-folder.ts'

const published = publishedFolder()
const receiver = testReceiver()
const kafka = testKafka()

const program = {
  'work.mjs': `
    import { createRequire } from 'node:module'
    import { Kafka } from 'kafkajs'
    import { step } from './step.mjs'
    const { other } = createRequire(import.meta.url)('./other.cjs')
    const kafka = new Kafka({ brokers: process.env.BROKERS.split(','), logLevel: 0 })
    const topic = process.env.TOPIC
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic, messages: [{ value: 'v' }] })
    await producer.disconnect()
    const consumer = kafka.consumer({ groupId: topic })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await new Promise(resolve => consumer.run({ eachMessage: async () => { await step(); resolve(other()) } }))
    await consumer.disconnect()
  `,
  'step.mjs': 'export async function step() {} // the last line is a comment',
  'other.cjs': 'function other() {}\nmodule.exports = { other }',
  'config.json': JSON.stringify({
    functions: [
      { module: 'step.mjs', function: 'step' },
      { module: 'other.cjs', function: 'other' },
    ],
  }),
}

for (const major of [20, 22, 24]) {
  test(`Node ${major}: the published form starts without code, and traces ES modules and CommonJS`, async () => {
    const [node, folder] = [await nodeOf(major), await published()]
    for (const [name, text] of Object.entries(program)) await writeFile(join(folder, name), text)
    const topic = await kafka.topic()
    receiver.spans.length = 0
    const { code, output } = await runCommand(
      node,
      ['--import', '@waybill/instrument/register', 'work.mjs'],
      {
        cwd: folder,
        env: environment({
          BROKERS: kafka.brokers.join(','),
          TOPIC: topic,
          KAFKAJS_NO_PARTITIONER_WARNING: '1',
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
          WAYBILL_INSTRUMENT_CONFIG: 'config.json',
        }),
      },
    )
    assert.equal(code, 0, output)
    assert.doesNotMatch(output, /WaybillInstrument/)
    assert.deepEqual(receiver.spans.map(({ name }) => name).sort(), [
      'other',
      `process ${topic}`,
      `send ${topic}`,
      'step',
    ])
    assert.equal(new Set(receiver.spans.map(({ traceId }) => traceId)).size, 1)
  })
}

for (const major of [20, 22]) {
  test(`Node ${major}: the unit tests of the tracer and of the instrumentation pass in the published form`, async () => {
    const [node, folder] = [await nodeOf(major), await published()]
    const files: string[] = []
    // Memory is measured where the sources are tested.
    for await (const file of glob('node_modules/@waybill/{tracer,instrument}/src/**/*.test.js', {
      cwd: folder,
    }))
      if (!file.endsWith('memory.test.js')) files.push(join(folder, file))
    assert.ok(files.length > 20)
    const { code, output } = await runCommand(node, ['--test', '--test-reporter=tap', ...files], {
      cwd: folder,
      env: environment({}),
    })
    assert.equal(
      code,
      0,
      output
        .split('\n')
        .filter(line => line.startsWith('not ok'))
        .join('\n'),
    )
  })
}
