import assert from 'node:assert/strict'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { programFolder, run, runTraced } from '../../testing/program.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { testReceiver } from '../../testing/receiver.ts'

const rabbitmq = testRabbitmq()
const receiver = testReceiver()

/** What every variant does once it has amqplib: send a message, and read it. */
const work = `
  const { URL_OF_BROKER: url, QUEUE: queue } = process.env
  const connection = await amqplib.connect(url, { clientProperties: { connection_name: 'my-service' } })
  const channel = await connection.createConfirmChannel()
  channel.sendToQueue(queue, Buffer.from('v'))
  await channel.waitForConfirms()
  await new Promise(resolve =>
    channel.consume(queue, message => {
      channel.ack(message)
      setImmediate(resolve)
    }),
  )
  await connection.close()
`

const callbackWork = `
  const { URL_OF_BROKER: url, QUEUE: queue } = process.env
  amqplib.connect(url, { clientProperties: { connection_name: 'my-service' } }, (_, connection) => {
    const channel = connection.createConfirmChannel(() => {
      channel.sendToQueue(queue, Buffer.from('v'), {}, () => {
        channel.consume(queue, message => {
          channel.ack(message)
          setImmediate(() => connection.close())
        })
      })
    })
  })
`

const programs: Readonly<Record<string, string>> = {
  'named-import.mjs': `import { connect } from 'amqplib'\nconst amqplib = { connect }\n${work}`,
  'default-import.mjs': `import amqplib from 'amqplib'\n${work}`,
  'dynamic-import.mjs': `const amqplib = await import('amqplib')\n${work}`,
  'required.cjs': `const amqplib = require('amqplib')\nasync function main() {${work}}\nmain()`,
  'callbacks.mjs': `import amqplib from 'amqplib/callback_api.js'\n${callbackWork}`,
  'callbacks.cjs': `const amqplib = require('amqplib/callback_api')\n${callbackWork}`,
  'typed.ts': `import * as amqplib from 'amqplib'\nconst n: number = 1\n${work.replaceAll('process.env', '(process.env as Record<string, string>)')}\nvoid n`,
}
const withExports = new Set(['callbacks.mjs'])

/** A folder with the programs, in which `amqplib` is the oldest version that is supported. */
async function folderOf(version: 'oldest' | 'newest'): Promise<string> {
  const sources = Object.entries(programs).map(([name, source]) => [
    name,
    // Where a package says nothing of its exports, a file has its ending; where it does, the name that it says.
    version === 'newest' && withExports.has(name)
      ? source.replace('callback_api.js', 'callback_api')
      : source,
  ])
  const folder = await programFolder(Object.fromEntries(sources))
  if (version === 'newest') return folder
  const inner = join(folder, 'app')
  await mkdir(join(inner, 'node_modules'), { recursive: true })
  const installed = fileURLToPath(new URL('../../../../../node_modules/amqplib-0.5.5', import.meta.url))
  await cp(installed, join(inner, 'node_modules', 'amqplib'), { recursive: true })
  for (const name of Object.keys(programs)) await cp(join(folder, name), join(inner, name))
  return inner
}

const environment = (queue: string): Record<string, string> => ({
  URL_OF_BROKER: `${rabbitmq.url}?frameMax=131072`,
  QUEUE: queue,
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
})

function assertTraced(queue: string): void {
  const [sent, ack, processed, ...more] = receiver.spans
  assert.deepEqual(more, [])
  assert.equal(sent?.name, `publish ${queue}`)
  assert.equal(ack?.name, `ack ${queue}`)
  assert.equal(processed?.name, `process ${queue}`)
  assert.equal(processed?.parentSpanId, sent?.spanId)
  assert.equal(ack?.parentSpanId, processed?.spanId)
}

for (const version of ['oldest', 'newest'] as const)
  for (const file of Object.keys(programs))
    test(`zero-code start traces the ${version} amqplib in ${file}`, async () => {
      const queue = await rabbitmq.queue()
      receiver.spans.length = 0
      const outcome = await runTraced(await folderOf(version), file, { env: environment(queue) })
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.doesNotMatch(outcome.stderr, /WaybillInstrument/)
      assertTraced(queue)
      for (const span of receiver.spans) {
        const clientId = span.attributes.find(({ key }) => key === 'messaging.client.id')
        assert.deepEqual(clientId?.value, { stringValue: 'my-service' })
      }
    })

test('a channel that was made before the start is traced', async () => {
  const folder = await programFolder({
    'early.mjs': `import amqplib from 'amqplib'
      const { URL_OF_BROKER: url, QUEUE: queue } = process.env
      const connection = await amqplib.connect(url)
      const channel = await connection.createChannel()
      await import('@waybill/instrument/register')
      channel.sendToQueue(queue, Buffer.from('v'))
      await new Promise(resolve => channel.consume(queue, message => setImmediate(resolve, channel.ack(message))))
      await connection.close()`,
  })
  const queue = await rabbitmq.queue()
  receiver.spans.length = 0
  const outcome = await run(folder, ['early.mjs'], { env: environment(queue) })
  assert.equal(outcome.code, 0, outcome.stderr)
  assertTraced(queue)
})

test('a handler that rejects ends the process as without tracing; its span is sent, and failed', async () => {
  const folder = await programFolder({
    'rejects.mjs': `import amqplib from 'amqplib'
      const { URL_OF_BROKER: url, QUEUE: queue } = process.env
      const channel = await (await amqplib.connect(url)).createChannel()
      await channel.consume(queue, async message => {
        await Promise.resolve()
        throw new RangeError('no such card')
      })`,
  })
  const queue = await rabbitmq.queue()
  await rabbitmq.send('', queue, 'v')
  receiver.spans.length = 0
  const plain = await run(folder, ['rejects.mjs'], { env: environment(queue) })
  const traced = await runTraced(folder, 'rejects.mjs', { env: environment(queue) })
  assert.equal(plain.code, 1)
  assert.equal(traced.code, 1)
  assert.match(plain.stderr, /RangeError: no such card/)
  assert.match(traced.stderr, /RangeError: no such card/)
  const [span] = receiver.spans
  assert.equal(span?.name, `process ${queue}`)
  assert.equal(span?.status?.message, 'no such card')
})
