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

/** What every variant does once it has the class: send a message, and read it. */
const work = `
  const { URL_OF_BROKER: url, QUEUE: queue } = process.env
  const connection = new Connection({ url, connectionName: 'my-service' })
  const publisher = connection.createPublisher({ confirm: true })
  await publisher.send(queue, 'v')
  await publisher.close()
  const consumer = await new Promise(resolve => {
    const made = connection.createConsumer({ queue, queueOptions: { passive: true } }, async () => resolve(made))
  })
  await consumer.close()
  await connection.close()
`

const programs: Readonly<Record<string, string>> = {
  'named-import.mjs': `import { Connection } from 'rabbitmq-client'\n${work}`,
  'default-import.mjs': `import rabbitmq from 'rabbitmq-client'\nconst { Connection } = rabbitmq\n${work}`,
  'dynamic-import.mjs': `const { Connection } = await import('rabbitmq-client')\n${work}`,
  'required.cjs': `const { Connection } = require('rabbitmq-client')\nasync function main() {${work}}\nmain()`,
  'typed.ts': `import { Connection } from 'rabbitmq-client'\nconst n: number = 1\n${work.replaceAll('process.env', '(process.env as Record<string, string>)')}\nvoid n`,
}

/** A folder with the programs, in which `rabbitmq-client` is the oldest version that is supported, or the newest. */
async function folderOf(version: 'oldest' | 'newest'): Promise<string> {
  const folder = await programFolder(programs)
  if (version === 'newest') return folder
  const inner = join(folder, 'app')
  await mkdir(join(inner, 'node_modules'), { recursive: true })
  const modules = new URL('../../../../../node_modules/rabbitmq-client-4.4.0', import.meta.url)
  await cp(fileURLToPath(modules), join(inner, 'node_modules', 'rabbitmq-client'), { recursive: true })
  for (const name of Object.keys(programs)) await cp(join(folder, name), join(inner, name))
  return inner
}

const environment = (queue: string): Record<string, string> => ({
  URL_OF_BROKER: rabbitmq.url,
  QUEUE: queue,
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
})

function assertTraced(queue: string): void {
  const [sent, processed, ack, ...more] = receiver.spans
  assert.deepEqual(more, [])
  assert.equal(sent?.name, `publish ${queue}`)
  assert.equal(processed?.name, `process ${queue}`)
  assert.equal(ack?.name, `ack ${queue}`)
  assert.equal(processed?.parentSpanId, sent?.spanId)
  assert.equal(ack?.parentSpanId, processed?.spanId)
  for (const span of receiver.spans) {
    const clientId = span.attributes.find(({ key }) => key === 'messaging.client.id')
    assert.deepEqual(clientId?.value, { stringValue: 'my-service' })
  }
}

for (const version of ['oldest', 'newest'] as const)
  for (const file of Object.keys(programs))
    test(`zero-code start traces the ${version} rabbitmq-client in ${file}`, async () => {
      const queue = await rabbitmq.queue()
      receiver.spans.length = 0
      const outcome = await runTraced(await folderOf(version), file, { env: environment(queue) })
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.doesNotMatch(outcome.stderr, /WaybillInstrument/)
      assertTraced(queue)
    })

test('a connection that was made before the start is traced', async () => {
  const folder = await programFolder({
    'early.mjs': `import { Connection as Early } from 'rabbitmq-client'
      const early = new Early({ url: process.env.URL_OF_BROKER, connectionName: 'my-service' })
      await new Promise(resolve => early.on('connection', resolve))
      await import('@waybill/instrument/register')
      const Connection = function () { return early }
      ${work}`,
  })
  const queue = await rabbitmq.queue()
  receiver.spans.length = 0
  const outcome = await run(folder, ['early.mjs'], { env: environment(queue) })
  assert.equal(outcome.code, 0, outcome.stderr)
  assertTraced(queue)
})
