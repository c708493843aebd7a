import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Workshop } from '@waybill/brokers'
import { setUp, Unavailable } from '@waybill/brokers'
import { testKafka } from './testing/kafka.ts'
import { testRabbitmq } from './testing/rabbitmq.ts'
import { testReceiver } from './testing/receiver.ts'
import { until } from './testing/until.ts'

/** The README's recipes, run as they stand there, but for the topic, the broker and the port. */

const kafka = testKafka()
const rabbitmq = testRabbitmq()
const receiver = testReceiver()
const boundMs = 60_000

const recipes: Workshop = {
  name: 'recipes',
  source: fileURLToPath(new URL('../recipes', import.meta.url)),
  setUp: [['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']],
  run: file => [process.execPath, file],
}
const repository = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** A folder from which what the recipes use is found. Undefined, and the test skipped, where no registry answers. */
async function recipeFolder(t: TestContext): Promise<string | undefined> {
  try {
    const installed = join(await setUp(recipes, console.error), 'node_modules')
    const folder = await mkdtemp(join(tmpdir(), 'recipe-'))
    after(() => rm(folder, { recursive: true, force: true }))
    const modules = join(folder, 'node_modules')
    await mkdir(modules)
    for (const [home, names] of [
      [installed, await readdir(installed)],
      [repository, ['@waybill', '@opentelemetry', '@platformatic']],
    ] as const)
      for (const name of names)
        if (!name.startsWith('.')) await symlink(join(home, name), join(modules, name))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    return folder
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    console.error(`SKIPPED ${t.name}: ${error.message}`)
    t.skip(error.message)
    return undefined
  }
}

/** The blocks of code in the README's section of recipes. */
async function readBlocks(): Promise<readonly string[]> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const [section = ''] = readme.split(/^(?=## )/m).filter(part => part.startsWith('## Recipes'))
  return [...section.matchAll(/^```(?:js|ts|json)\n(.*?)^```/gms)].map(([, code = '']) => code)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** What Nest's own compiler does with decorators; the types are checked elsewhere. */
function compileTypeScript(folder: string, file: string): string {
  const tsc = join(repository, '.bin', 'tsc')
  const decorators = ['--experimentalDecorators', '--emitDecoratorMetadata']
  const target = ['--module', 'nodenext', '--target', 'es2022', '--noCheck']
  const { status, stdout } = spawnSync(tsc, [...decorators, ...target, file], { cwd: folder })
  assert.equal(status, 0, String(stdout))
  return file.replace(/ts$/, 'js')
}

interface Recipe {
  readonly file: string
  /** What is changed in the program, beside the names of places. */
  readonly change?: (program: string) => string
  /** The spans between the message and the request that it causes. */
  readonly between?: readonly string[]
  readonly sends?: string
}

/** As the README says how to do it. */
const toRabbitmq = (program: string): string =>
  program
    .replace('Transport.KAFKA', 'Transport.RMQ')
    .replace(/const options = \{.*?^\}/ms, `const options = { urls: ['${rabbitmq.url}'], queue: 'orders' }`)

const inNest = { file: 'nest.ts', between: ['reserve stock'] }
const all: readonly Recipe[] = [
  { file: 'express.mjs' },
  { file: 'fastify.mjs' },
  inNest,
  { ...inNest, change: toRabbitmq, sends: 'publish' },
]

for (const { file, change = (program: string) => program, between = [], sends = 'send' } of all)
  test(`the README's ${file}: one request is one trace, from HTTP to HTTP (${sends})`, async t => {
    const folder = await recipeFolder(t)
    if (folder === undefined) return
    const place = sends === 'send' ? await kafka.topic() : await rabbitmq.queue()
    const port = await freePort()
    const blocks = await readBlocks()
    const config = blocks.find(block => block.startsWith('{')) ?? assert.fail('no configuration')
    const program = blocks.find(block => block.startsWith(`// ${file}\n`)) ?? assert.fail('no program')
    await writeFile(join(folder, 'waybill.json'), config)
    await writeFile(
      join(folder, file),
      change(program)
        .replaceAll("'orders'", `'${place}'`)
        .replaceAll("'stock'", `'stock-${place}'`)
        .replaceAll('localhost:9092', kafka.brokers[0] ?? '')
        .replaceAll('3000', String(port)),
    )
    const main = file.endsWith('.ts') ? compileTypeScript(folder, file) : file
    receiver.spans.length = 0
    await whileRunning(folder, main, async program => {
      // Asked again until the program listens: what nobody answers has no span.
      const order = async (): Promise<number | false> => {
        assert.ok(program.isRunning(), program.output())
        return fetch(`http://localhost:${port}/orders/7`, { method: 'POST' }).then(
          ({ status }) => status,
          () => false,
        )
      }
      assert.equal(await until(`an answer of ${file}`, order, boundMs), 202, program.output())
      const named = (name: string) => receiver.spans.filter(span => span.name === name)
      const request = 'POST /stock/{id}'
      const chain = ['POST /orders/{id}', `${sends} ${place}`, `process ${place}`, ...between, request]
      const isWhole = () => named(request).length === 2 && chain.every(name => named(name).length > 0)
      await until('all spans', isWhole, boundMs).catch(() =>
        assert.fail(`${receiver.spans.map(({ name }) => name)}\n${program.output()}`),
      )
      let above = ''
      for (const name of [...chain, request]) {
        const found = named(name).find(({ parentSpanId = '' }) => parentSpanId === above)
        assert.ok(found, `${name} below ${above}`)
        above = found.spanId
      }
      assert.doesNotMatch(program.output(), /WaybillInstrument/)
    })
  })

interface Running {
  isRunning(): boolean
  output(): string
}

/** Runs a program with zero-code start for as long as `use` takes. */
async function whileRunning(
  folder: string,
  main: string,
  use: (program: Running) => Promise<void>,
): Promise<void> {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...inherited } = process.env
  const child = spawn(process.execPath, ['--import', '@waybill/instrument/register', main], {
    cwd: folder,
    env: {
      ...inherited,
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      WAYBILL_INSTRUMENT_CONFIG: 'waybill.json',
    },
  })
  const ended = once(child, 'close')
  let output = ''
  const note = (text: unknown): void => {
    output += text
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  try {
    await use({ isRunning: () => child.exitCode === null, output: () => output })
  } finally {
    child.kill()
    await ended
  }
}

test('the README names the versions with which its recipes are run', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const { dependencies } = JSON.parse(
    await readFile(new URL('../recipes/package.json', import.meta.url), 'utf8'),
  ) as { readonly dependencies: Readonly<Record<string, string>> }
  const stated = `Express ${dependencies['express']}, Fastify ${dependencies['fastify']}, NestJS ${dependencies['@nestjs/core']} and @nestjs/microservices ${dependencies['@nestjs/microservices']}`
  assert.ok(readme.replaceAll('\n', ' ').includes(stated), stated)
})
