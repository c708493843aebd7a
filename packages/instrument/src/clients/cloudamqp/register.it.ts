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
  const client = new AMQPClient(url)
  await client.connect()
  const channel = await client.channel()
  await channel.basicPublish('', queue, 'v')
  await new Promise((resolve, reject) =>
    channel.basicConsume(queue, { noAck: false }, async message => message.ack().then(resolve, reject)),
  )
  await client.close()
`

/** The same by a session, which newer versions have. */
const sessionWork = `
  const { URL_OF_BROKER: url, QUEUE: name } = process.env
  const session = await AMQPSession.connect(url)
  const queue = await session.queue(name, { passive: true })
  await queue.publish('v')
  await new Promise((resolve, reject) =>
    queue.subscribe({ manualAck: true }, async message => message.ack().then(resolve, reject)),
  )
  await session.stop()
`

const name = '@cloudamqp/amqp-client'
const programs: Readonly<Record<string, string>> = {
  'named-import.mjs': `import { AMQPClient } from '${name}'\n${work}`,
  'dynamic-import.mjs': `const { AMQPClient } = await import('${name}')\n${work}`,
  'required.cjs': `const { AMQPClient } = require('${name}')\nasync function main() {${work}}\nmain()`,
  'typed.ts': `import { AMQPClient } from '${name}'\nconst n: number = 1\n${work.replaceAll('process.env', '(process.env as Record<string, string>)')}\nvoid n`,
}
const sessionPrograms: Readonly<Record<string, string>> = {
  'session.mjs': `import { AMQPSession } from '${name}'\n${sessionWork}`,
  'session.cjs': `const { AMQPSession } = require('${name}')\nasync function main() {${sessionWork}}\nmain()`,
}

/** A folder with the programs, in which the client is the oldest version that is supported. */
async function oldestFolder(): Promise<string> {
  const folder = await programFolder(programs)
  const inner = join(folder, 'app')
  await mkdir(join(inner, 'node_modules', '@cloudamqp'), { recursive: true })
  const modules = new URL('../../../../../node_modules/cloudamqp-amqp-client-2.0.0', import.meta.url)
  await cp(fileURLToPath(modules), join(inner, 'node_modules', name), { recursive: true })
  for (const file of Object.keys(programs)) await cp(join(folder, file), join(inner, file))
  return inner
}

/** The older one asks for frames of 4 kB, which is less than RabbitMQ 4.1 allows. */
const environment = (queue: string): Record<string, string> => ({
  URL_OF_BROKER: `${rabbitmq.url}?frameMax=131072&name=my-service`,
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
  for (const span of receiver.spans) {
    const clientId = span.attributes.find(({ key }) => key === 'messaging.client.id')
    assert.deepEqual(clientId?.value, { stringValue: 'my-service' })
  }
}

for (const version of ['oldest', 'newest'] as const) {
  const all = version === 'oldest' ? programs : { ...programs, ...sessionPrograms }
  for (const file of Object.keys(all))
    test(`zero-code start traces the ${version} @cloudamqp/amqp-client in ${file}`, async () => {
      const folder = version === 'oldest' ? await oldestFolder() : await programFolder(all)
      const queue = await rabbitmq.queue()
      receiver.spans.length = 0
      const outcome = await runTraced(folder, file, { env: environment(queue) })
      assert.equal(outcome.code, 0, outcome.stderr)
      assert.doesNotMatch(outcome.stderr, /WaybillInstrument/)
      assertTraced(queue)
    })
}

test('a client that CommonJS made before the start is traced', async () => {
  const folder = await programFolder({
    'early.cjs': `const { AMQPClient: Early } = require('${name}')
      async function main() {
        const early = new Early(process.env.URL_OF_BROKER)
        await import('@waybill/instrument/register')
        const AMQPClient = function () { return early }
        ${work}
      }
      main()`,
  })
  const queue = await rabbitmq.queue()
  receiver.spans.length = 0
  const outcome = await run(folder, ['early.cjs'], { env: environment(queue) })
  assert.equal(outcome.code, 0, outcome.stderr)
  assertTraced(queue)
})
