import assert from 'node:assert/strict'
import { once } from 'node:events'
import { glob, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { cacheFolder, startKafka, withLock } from '@waybill/brokers'
import type { SpanData } from '@waybill/wire/otlp'
import { decodeTraces } from '@waybill/wire/otlp'
import { root } from '../set-up/root.ts'
import { runCommand } from '../set-up/run-command.ts'
import { buildPackages } from './build.ts'

let folder = ''
let endpoint = ''
const received: SpanData[] = []
const ending: (() => unknown)[] = []

/** A folder that has the built packages, and everything else of the repository, in its node_modules. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packages-'))
  ending.push(() => rm(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  await buildPackages(join(modules, '@waybill'), { withTests: true })
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@waybill') await symlink(join(root, 'node_modules', name), join(modules, name))
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    for (const { scopeSpans } of decodeTraces(plain).resourceSpans)
      for (const { spans } of scopeSpans) received.push(...spans)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ending.push(() => server.close())
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(async () => {
  for (const end of ending.reverse()) await end()
})

/** A Node of a major version: this one, or the registry's newest of it, installed into the cache. */
async function nodeOf(major: number): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath
  const home = join(cacheFolder(), `node-${major}`)
  const path = join(home, 'node_modules/.bin/node')
  return withLock(`${home}.lock`, async () => {
    if ((await runCommand(path, ['--version'])).output.startsWith(`v${major}.`)) return path
    await mkdir(home, { recursive: true })
    await writeFile(join(home, 'package.json'), '{"private":true}')
    const install = ['install', '--no-audit', '--no-fund', `node@${major}`]
    const { code, output } = await runCommand('npm', install, { cwd: home })
    assert.equal(code, 0, output)
    return path
  })
}

function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...inherited } = process.env
  return { ...inherited, ...more }
}

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
    const node = await nodeOf(major)
    const kafka = await startKafka()
    ending.push(() => kafka.stop())
    for (const [name, text] of Object.entries(program)) await writeFile(join(folder, name), text)
    const topic = `topic-${process.pid}-${major}`
    received.length = 0
    const { code, output } = await runCommand(
      node,
      ['--import', '@waybill/instrument/register', 'work.mjs'],
      {
        cwd: folder,
        env: environment({
          BROKERS: kafka.brokers.join(','),
          TOPIC: topic,
          KAFKAJS_NO_PARTITIONER_WARNING: '1',
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
          WAYBILL_INSTRUMENT_CONFIG: 'config.json',
        }),
      },
    )
    assert.equal(code, 0, output)
    assert.doesNotMatch(output, /WaybillInstrument/)
    assert.deepEqual(received.map(({ name }) => name).sort(), [
      'other',
      `process ${topic}`,
      `send ${topic}`,
      'step',
    ])
    assert.equal(new Set(received.map(({ traceId }) => traceId)).size, 1)
  })
}

for (const major of [20, 22]) {
  test(`Node ${major}: the unit tests of the tracer and of the instrumentation pass in the published form`, async () => {
    const node = await nodeOf(major)
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
