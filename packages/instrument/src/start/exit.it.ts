import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { programFolder, run as runNode, runTraced } from '../testing/program.ts'
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

test('where signal-exit waits for others to end the process, a signal ends it, after both have done their work', async () => {
  for (const [name, load] of [
    ['signal-exit', `import { onExit } from 'signal-exit'`],
    ['signal-exit-3', `import onExit from 'signal-exit-3'`],
  ] as const) {
    const listening = `${load}\nonExit(() => console.log('let go'))\n`
    const outcome = await run(`${listening}${span}${ready}`, { signal: 'SIGTERM' })
    assert.equal(outcome.signal, 'SIGTERM', name)
    assert.match(outcome.stdout, /let go/)
    assert.deepEqual(names(), ['step'], name)
  }
})

test('a handler for once that was there before the start has its time', async () => {
  const handler = `process.once('SIGTERM', () => setTimeout(() => process.exit(7), 50))\n`
  const folder = await programFolder({
    'late.mjs': `${handler}await import('@waybill/instrument/register')\n${ready}`,
  })
  const outcome = await runNode(folder, ['late.mjs'], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    signalOn: { text: 'ready', signal: 'SIGTERM' },
  })
  assert.equal(outcome.code, 7, outcome.stderr)
})

test('a worker sends its spans when it ends, and where they cannot be sent, it ends as it would have', async () => {
  const source = `
    import { Worker, isMainThread } from 'node:worker_threads'
    import { traced } from '@waybill/instrument'
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url))
      worker.on('error', error => console.log('failed', error))
      worker.on('exit', code => console.log('worker ended', code))
    } else traced('in the worker', () => {})()
  `
  for (const OTEL_EXPORTER_OTLP_ENDPOINT of [receiver.endpoint, 'http://127.0.0.1:1']) {
    const outcome = await run(source, { env: { OTEL_EXPORTER_OTLP_ENDPOINT } })
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.equal(outcome.stdout.trim(), 'worker ended 0')
    assert.deepEqual(names(), OTEL_EXPORTER_OTLP_ENDPOINT === receiver.endpoint ? ['in the worker'] : [])
  }
})

test('headers that cannot be sent do not end the process', async () => {
  const outcome = await run(`${span}setTimeout(() => console.log('alive'), 200)`, {
    env: { OTEL_EXPORTER_OTLP_HEADERS: 'key=%E2%9C%93', OTEL_BSP_SCHEDULE_DELAY: '1' },
  })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.match(outcome.stdout, /alive/)
  assert.match(outcome.stderr, /Spans are lost: no request can be made/)
})

test('a process that may start no other ends with the code that it would have', async () => {
  const folder = await programFolder({ 'program.mjs': span })
  const outcome = await runNode(
    folder,
    ['--permission', '--allow-fs-read=*', '--import', '@waybill/instrument/register', 'program.mjs'],
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '60000' } },
  )
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.match(outcome.stderr, /could not be sent to .* on exit: .*restricted/)
})

test('an SDK that registers its context manager and its propagator before its tracer provider has all three', async () => {
  const outcome = await run(
    `
    import { trace, context, propagation } from '@opentelemetry/api'
    import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
    import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
    const ended = []
    const processor = { onStart() {}, onEnd: s => ended.push(s.name + ' ' + Boolean(s.parentSpanContext)), forceFlush: async () => {}, shutdown: async () => {} }
    const propagator = { inject: (_, carrier) => { carrier.theirs = 'yes' }, extract: context => context, fields: () => ['theirs'] }
    console.log(context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
    console.log(propagation.setGlobalPropagator(propagator))
    console.log(trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] })))
    const tracer = trace.getTracer('app')
    await tracer.startActiveSpan('outer', async outer => {
      await null
      tracer.startSpan('inner').end()
      outer.end()
    })
    const carrier = {}
    propagation.inject(context.active(), carrier)
    console.log(ended.join(), JSON.stringify(carrier))
    console.log(propagation.setGlobalPropagator(propagator))
  `,
  )
  const said = 'true\ntrue\ntrue\ninner true,outer false {"theirs":"yes"}\nfalse'
  assert.equal(outcome.stdout.trim(), said, outcome.stderr)
  assert.deepEqual(names(), [])
})
