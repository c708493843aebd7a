import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { programFolder, runTraced } from '../testing/program.ts'
import { testReceiver } from '../testing/receiver.ts'

const receiver = testReceiver()

const span = `import { traced } from '@waybill/instrument'\nconst step = traced('step', () => {})\nstep()\n`

async function run(source: string, options: { signal?: NodeJS.Signals; env?: Record<string, string> } = {}) {
  receiver.spans.length = 0
  const folder = await programFolder({ 'program.mjs': source })
  return runTraced(folder, 'program.mjs', {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '60000', ...options.env },
    ...(options.signal === undefined ? {} : { signalOn: { text: 'ready', signal: options.signal } }),
  })
}

const names = () => receiver.spans.map(({ name }) => name)
const ready = `setInterval(() => {}, 1000)\nconsole.log('ready')\n`

test('spans are sent when the program ends by itself, with process.exit, and by an uncaught error', async () => {
  const ends = { '': 0, 'process.exit(3)': 3, 'throw new Error("end")': 1 }
  for (const [end, code] of Object.entries(ends)) {
    const outcome = await run(`${span}${end}`)
    assert.equal(outcome.code, code)
    assert.deepEqual(names(), ['step'], end)
  }
})

test('a signal nobody handles ends the program as ever, after its spans were sent', async () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const outcome = await run(`${span}${ready}`, { signal })
    assert.equal(outcome.signal, signal)
    assert.deepEqual(names(), ['step'], signal)
  }
})

test('a signal that the program handles is left to it, and what it does until its exit is sent too', async () => {
  const handler = `process.on('SIGTERM', () => setTimeout(() => { step(); process.exit(7) }, 50))\n`
  const outcome = await run(`${span}${handler}${ready}`, { signal: 'SIGTERM' })
  assert.equal(outcome.code, 7)
  assert.deepEqual(names(), ['step', 'step'])
})

test('an endpoint that is not there delays the end by no more than its refusal, and is said once', async () => {
  const started = performance.now()
  const outcome = await run(span, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' } })
  assert.equal(outcome.code, 0)
  assert.equal(outcome.stderr.match(/WaybillInstrument/g)?.length, 1)
  assert.match(
    outcome.stderr,
    /the last spans could not be sent to http:\/\/127\.0\.0\.1:1\/v1\/traces on exit/,
  )
  assert.ok(performance.now() - started < 5000)
})

test('an endpoint that never answers delays the end by two seconds', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const started = performance.now()
  const { port } = silent.address() as AddressInfo
  const outcome = await run(span, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } })
  assert.equal(outcome.code, 0)
  assert.match(outcome.stderr, /could not be sent to .* on exit: .*ETIMEDOUT/)
  assert.ok(performance.now() - started > 2000)
  silent.close()
})

test('what cannot be honoured is said, and the program runs', async () => {
  const outcome = await run(`${span}console.log('done')`, {
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', WAYBILL_INSTRUMENT_CONFIG: 'missing.mjs' },
  })
  assert.equal(outcome.code, 0)
  assert.match(outcome.stdout, /done/)
  assert.match(outcome.stderr, /OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not known/)
  assert.match(outcome.stderr, /missing\.mjs could not be read/)
  assert.deepEqual(names(), ['step'])
})

test('OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER=none and an unsampling sampler send nothing', async () => {
  for (const env of [
    { OTEL_SDK_DISABLED: 'true' },
    { OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_TRACES_SAMPLER: 'always_off' },
  ]) {
    const outcome = await run(span, { env })
    assert.equal(outcome.code, 0)
    assert.equal(outcome.stderr, '')
    assert.deepEqual(names(), [])
  }
})

test('an SDK of the application that was registered before stays the one that is used', async () => {
  const outcome = await run(
    `
    import { trace } from '@opentelemetry/api'
    import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
    const ended = []
    trace.disable()
    const processor = { onStart() {}, onEnd: s => ended.push(s.name), forceFlush: async () => {}, shutdown: async () => {} }
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
    const { startInstrumentation } = await import(process.env.START)
    startInstrumentation()
    const { traced } = await import('@waybill/instrument')
    traced('step', () => {})()
    console.log(ended.join())
  `,
    { env: { START: new URL('./start.ts', import.meta.url).href } },
  )
  assert.equal(outcome.stdout.trim(), 'step', outcome.stderr)
  assert.deepEqual(names(), [])
})

test('an SDK that the application registers after the start takes over, tracers that were got before included', async () => {
  const outcome = await run(
    `
    import { trace, context } from '@opentelemetry/api'
    import { traced } from '@waybill/instrument'
    import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
    import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
    const early = trace.getTracer('early')
    early.startSpan('to waybill').end()
    const step = traced('step', () => early.startSpan('child').end())
    const ended = []
    const processor = { onStart() {}, onEnd: s => ended.push(s.name), forceFlush: async () => {}, shutdown: async () => {} }
    console.log(trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] })))
    console.log(context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
    step()
    console.log(ended.join())
  `,
  )
  assert.equal(outcome.stdout.trim(), 'true\ntrue\nchild,step', outcome.stderr)
  assert.deepEqual(names(), ['to waybill'])
})
