import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TextMapPropagator } from '@opentelemetry/api'
import {
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api'
import { suppressTracing, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import fc from 'fast-check'
import { baggagePropagator } from './baggage.ts'
import { propagators } from './composite.ts'
import { traceContextPropagator } from './trace-context.ts'

const carried = (propagator: TextMapPropagator, context = ROOT_CONTEXT): Record<string, string> => {
  const carrier: Record<string, string> = {}
  propagator.inject(context, carrier, defaultTextMapSetter)
  return carrier
}
const read = (propagator: TextMapPropagator, carrier: object) =>
  propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)

const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 }
const inSpan = trace.setSpanContext(ROOT_CONTEXT, { ...span, traceState: createTraceState('a=1,b=2') })

test('traceparent and tracestate are those of OpenTelemetry', () => {
  const theirs = new W3CTraceContextPropagator()
  assert.deepEqual(carried(traceContextPropagator, inSpan), carried(theirs, inSpan))
  assert.deepEqual(carried(traceContextPropagator, suppressTracing(inSpan)), {})
  const text = `00-${span.traceId}-${span.spanId}-01`
  for (const carrier of [
    { traceparent: text },
    { traceparent: text, tracestate: 'a=1' },
    { traceparent: 'rubbish', tracestate: 'a=1' },
    { traceparent: `cc-${span.traceId}-${span.spanId}-01-later` },
    { traceparent: 5 },
    {},
  ]) {
    const [our, their] = [traceContextPropagator, theirs].map(one => trace.getSpanContext(read(one, carrier)))
    assert.deepEqual(
      { ...our, traceState: our?.traceState?.serialize() },
      { ...their, traceState: their?.traceState?.serialize() },
      JSON.stringify(carrier),
    )
  }
})

test('of a repeated traceparent the last one counts', () => {
  const last = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-00`
  const found = read(traceContextPropagator, { traceparent: [`00-${span.traceId}-${span.spanId}-01`, last] })
  assert.equal(trace.getSpanContext(found)?.traceId, 'c'.repeat(32))
})

test('baggage is read back whatever it holds, by OpenTelemetry too', () => {
  const names = fc.string({ minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(
      fc.dictionary(names, fc.string({ maxLength: 20, unit: 'binary' }), { maxKeys: 20 }),
      texts => {
        const entries = Object.fromEntries(
          Object.entries(texts).map(([key, value]) => [key.toWellFormed(), { value: value.toWellFormed() }]),
        )
        const context = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(entries))
        const carrier = carried(baggagePropagator, context)
        const pairs = (propagator: TextMapPropagator) =>
          (propagation.getBaggage(read(propagator, carrier))?.getAllEntries() ?? [])
            .map(([key, { value }]) => [key, value])
            .sort()
        const expected = Object.entries(entries)
          .map(([key, { value }]) => [key, value])
          .sort()
        assert.deepEqual(pairs(baggagePropagator), expected)
        // The one of OpenTelemetry leaves empty values out, and takes `__proto__` for something else than a name.
        if (expected.every(([key, value]) => value !== '' && key !== '__proto__'))
          assert.deepEqual(pairs(new W3CBaggagePropagator()), expected)
      },
    ),
    { examples: [[Object.fromEntries([['__proto__', 'v']])], [{ constructor: 'v', toString: '' }]] },
  )
})

test('of baggage, properties stay, and what is no pair or too much is left out', () => {
  const context = read(baggagePropagator, { baggage: 'a=1;p=2 , broken, =x, b=%zz, c = d%20e' })
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? []
  assert.deepEqual(
    entries.map(([key, { value, metadata }]) => [key, value, metadata?.toString()]),
    [
      ['a', '1', 'p=2'],
      ['c', 'd e', undefined],
    ],
  )
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`key-${at}`, { value: 'v'.repeat(at === 0 ? 5000 : 10) }]),
  )
  const full = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(many))
  const { baggage = '' } = carried(baggagePropagator, full)
  assert.ok(baggage.length <= 8192)
  assert.equal(baggage.split(',').length, 180)
  assert.ok(!baggage.includes('key-0='))
})

test('several propagators write and read side by side', () => {
  const both = propagators(traceContextPropagator, baggagePropagator)
  assert.deepEqual(both.fields(), ['traceparent', 'tracestate', 'baggage'])
  const context = propagation.setBaggage(inSpan, propagation.createBaggage({ k: { value: 'v' } }))
  const found = read(both, carried(both, context))
  assert.equal(trace.getSpanContext(found)?.spanId, span.spanId)
  assert.equal(propagation.getBaggage(found)?.getEntry('k')?.value, 'v')
})

test('a context of zeros is not written, and half of a character in baggage throws nothing', () => {
  const invalid = trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT)
  assert.deepEqual(carried(traceContextPropagator, invalid), {})
  const baggage = propagation.createBaggage({ 'k\ud800': { value: 'v\udc00' } })
  const carrier = carried(baggagePropagator, propagation.setBaggage(ROOT_CONTEXT, baggage))
  assert.deepEqual(carrier, { baggage: 'k%EF%BF%BD=v%EF%BF%BD' })
})
