import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { installOurs, installSdk, newestApi } from '../testing/api-copy.ts'
import { programFolder, run, runTraced } from '../testing/program.ts'
import { testReceiver } from '../testing/receiver.ts'

const receiver = testReceiver()
const names = () => receiver.spans.map(({ name }) => name)
const env = () => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  OTEL_BSP_SCHEDULE_DELAY: '60000',
})

/** Copies of the API: of the same version, of an older and of a newer one. */
const copies = ['@opentelemetry/api', 'opentelemetry-api-1.8.0', newestApi]

const requireSdk = `
  import { createRequire } from 'node:module'
  const require = createRequire(new URL('sdk/', import.meta.url))
  const theirs = require('@opentelemetry/api')
  const { BasicTracerProvider } = require('@opentelemetry/sdk-trace-base')
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
  const ended = []
  const onEnd = span => ended.push(span.name + (span.parentSpanContext ? ' within' : ''))
  const processor = { onStart() {}, onEnd, forceFlush: async () => {}, shutdown: async () => {} }
  const provider = new BasicTracerProvider({ spanProcessors: [processor] })
  const manager = new AsyncLocalStorageContextManager().enable()
  const propagator = { inject: (_, carrier) => { carrier.theirs = 'yes' }, extract: context => context, fields: () => ['theirs'] }
`

const takeOver = `
  ${requireSdk}
  import { metrics, propagation, trace } from '@opentelemetry/api'
  import { traced } from '@waybill/instrument'
  if (theirs.trace === trace) throw new Error('one copy')
  const tracers = [trace.getTracer('ours'), theirs.trace.getTracer('theirs')]
  for (const tracer of tracers) tracer.startSpan('to waybill').end()
  const meters = { getMeter: theirs.metrics.getMeter }
  console.log(
    theirs.metrics.setGlobalMeterProvider(meters),
    theirs.context.setGlobalContextManager(manager),
    theirs.propagation.setGlobalPropagator(propagator),
    theirs.trace.setGlobalTracerProvider(provider),
  )
  const step = traced('step', async () => {
    await null
    for (const tracer of tracers) tracer.startSpan('known').end()
    for (const api of [trace, theirs.trace]) api.getTracer('new').startSpan('new').end()
  })
  await step()
  console.log(ended.join())
  const carrier = {}
  propagation.inject(theirs.context.active(), carrier)
  console.log(JSON.stringify(carrier), metrics.getMeterProvider() === meters)
  console.log(theirs.trace.setGlobalTracerProvider(provider), trace.setGlobalTracerProvider(provider))
`

const takenOver = `true true true true
known within,known within,new within,new within,step
{"theirs":"yes"} true
false false`

for (const api of copies) {
  test(`an SDK that uses another copy of the API takes over: ${api}`, async () => {
    receiver.spans.length = 0
    const folder = await programFolder({ 'program.mjs': takeOver })
    await installSdk(join(folder, 'sdk'), api)
    const outcome = await runTraced(folder, 'program.mjs', { env: env() })
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.equal(outcome.stdout.trim(), takenOver)
    assert.deepEqual(names(), ['to waybill', 'to waybill'])
    assert.equal(outcome.stderr, '')
  })

  test(`an SDK that has registered by another copy of the API before the start is used: ${api}`, async () => {
    receiver.spans.length = 0
    const folder = await programFolder({
      'program.mjs': `
        ${requireSdk}
        theirs.context.setGlobalContextManager(manager)
        theirs.trace.setGlobalTracerProvider(provider)
        await import('@waybill/instrument/register')
        const { traced } = await import('@waybill/instrument')
        await traced('step', async () => {
          await null
          theirs.trace.getTracer('theirs').startSpan('child').end()
        })()
        console.log(ended.join())
      `,
    })
    await installSdk(join(folder, 'sdk'), api)
    const outcome = await run(folder, ['program.mjs'], { env: env() })
    assert.equal(outcome.code, 0, outcome.stderr)
    assert.equal(outcome.stdout.trim(), 'child within,step', outcome.stderr)
    assert.deepEqual(names(), [])
  })
}

test('an SDK that is required takes over where the API gives another copy to import', async () => {
  receiver.spans.length = 0
  const folder = await programFolder({})
  await installSdk(join(folder, 'sdk'), newestApi)
  await installOurs(join(folder, 'sdk'))
  await writeFile(join(folder, 'sdk', 'program.mjs'), takeOver.replace("'sdk/'", "'.'"))
  const outcome = await runTraced(join(folder, 'sdk'), 'program.mjs', { env: env() })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.equal(outcome.stdout.trim(), takenOver)
  assert.deepEqual(names(), ['to waybill', 'to waybill'])
})

test('copies that are loaded before the start read and register, whatever their version', async () => {
  receiver.spans.length = 0
  const folder = await programFolder({
    'program.mjs': `
      ${requireSdk}
      const older = createRequire(new URL('older/', import.meta.url))('@opentelemetry/api')
      await import('@waybill/instrument/register')
      for (const [name, api] of Object.entries({ theirs, older })) api.trace.getTracer(name).startSpan(name).end()
      console.log(theirs.context.setGlobalContextManager(manager), older.trace.setGlobalTracerProvider(provider))
      const { traced } = await import('@waybill/instrument')
      const later = async ([api, ...others]) => {
        await null
        await api.trace.getTracer('later').startActiveSpan('later', async span => {
          span.end()
          if (others.length > 0) await later(others)
        })
      }
      await traced('step', later)([theirs, older, theirs])
      console.log(ended.join())
    `,
  })
  await installSdk(join(folder, 'sdk'), newestApi)
  await installSdk(join(folder, 'older'), 'opentelemetry-api-1.8.0')
  const outcome = await run(folder, ['program.mjs'], { env: env() })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.equal(
    outcome.stdout.trim(),
    'true true\nlater within,later within,later within,step',
    outcome.stderr,
  )
  assert.deepEqual(names(), ['theirs', 'older'])
})

test('where another copy of the API has registered something else before the start, the tracer is started', async () => {
  receiver.spans.length = 0
  const folder = await programFolder({
    'program.mjs': `
      ${requireSdk}
      theirs.context.setGlobalContextManager(manager)
      await import('@waybill/instrument/register')
      const { traced } = await import('@waybill/instrument')
      const { context } = await import('@opentelemetry/api')
      traced('step', () => {})()
      theirs.trace.setGlobalTracerProvider(provider)
      console.log(context._getContextManager() === manager)
    `,
  })
  await installSdk(join(folder, 'sdk'), 'opentelemetry-api-1.8.0')
  const outcome = await run(folder, ['program.mjs'], { env: env() })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.equal(outcome.stdout.trim(), 'true', outcome.stderr)
  assert.deepEqual(names(), ['step'])
})
