import assert from 'node:assert/strict'
import { test } from 'node:test'
import { programFolder, runTraced } from '../testing/program.ts'
import { testReceiver } from '../testing/receiver.ts'

const receiver = testReceiver()

const config = `export const config = { functions: [
  { module: 'steps.ts', function: 'handle', name: 'handle_report' },
  { module: 'steps.ts', function: 'doWork', name: 'doWork:{0}' },
  { module: 'steps.ts', function: 'Reports.prototype.create' },
  { module: 'steps.ts', function: 'constant' },
  { module: 'steps.ts', function: 'absent' },
  { module: 'steps.ts', function: 'bad name' },
  { module: 'required.cjs', function: 'inner' },
  { module: 'required.cjs', function: 'Card' },
] }`

const files = {
  'config.mjs': config,
  'config.json': JSON.stringify({ functions: [{ module: 'steps.ts', function: 'doWork' }] }),
  'steps.ts': `
    export async function handle(): Promise<string> { for (let i = 0; i < 2; i++) await doWork(i); return 'done' }
    export async function doWork(step: number): Promise<void> { if (step === 1) await Promise.resolve() }
    export class Reports { id = 7; create(): number { return this.id } }
    export const constant = (): void => {}
  `,
  'required.cjs': `function inner() { return 1 }\nclass Card { static of() { return new this() } }\nmodule.exports = { inner, Card }`,
  'main.mjs': `
    import { createRequire } from 'node:module'
    import { handle, Reports, constant } from './steps.ts'
    constant()
    console.log(await handle(), new Reports().create(), createRequire(import.meta.url)('./required.cjs').inner())
    const { Card } = createRequire(import.meta.url)('./required.cjs')
    if (!(Card.of() instanceof Card)) throw new Error('another class')
  `,
}

async function run(configFile: string) {
  receiver.spans.length = 0
  const folder = await programFolder(files)
  return runTraced(folder, 'main.mjs', {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, WAYBILL_INSTRUMENT_CONFIG: configFile },
  })
}

test('functions named in the configuration get spans; modules, results and the rest are as they were', async () => {
  const outcome = await run('config.mjs')
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.equal(outcome.stdout.trim(), 'done 7 1')
  assert.deepEqual(
    receiver.spans.map(({ name }) => name),
    ['doWork:0', 'doWork:1', 'handle_report', 'Reports.prototype.create', 'inner', 'Card'],
  )
  const handle = receiver.spans[2]?.spanId
  assert.deepEqual(
    receiver.spans.slice(0, 2).map(span => span.parentSpanId),
    [handle, handle],
  )
  assert.match(outcome.stderr, /constant of steps\.ts could not be traced/)
  assert.match(outcome.stderr, /absent of steps\.ts could not be traced/)
  assert.match(outcome.stderr, /"bad name", which is no name of a function/)
})

test('the configuration may be JSON', async () => {
  const outcome = await run('config.json')
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.deepEqual(
    receiver.spans.map(({ name }) => name),
    ['doWork', 'doWork'],
  )
})
