import assert from 'node:assert/strict'
import { test } from 'node:test'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { carrierOf, extractFrom, injectInto } from './carrier.ts'
import { collectSpans } from './testing/collect-spans.ts'

collectSpans()

const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
const traceparent = `00-${spanContext.traceId}-${spanContext.spanId}-01`
const active = trace.setSpanContext(ROOT_CONTEXT, spanContext)

const spanOf = (value: unknown): string | undefined => trace.getSpanContext(extractFrom(value))?.spanId

test('a context goes into a copy of a value, and out of it as object, text or bytes', () => {
  const value = Object.freeze({ report: 7 })
  const sent = injectInto(value, active)
  assert.deepEqual(sent, { report: 7, traceparent })
  assert.deepEqual(carrierOf(active), { traceparent })
  const text = JSON.stringify(sent)
  for (const received of [sent, text, Buffer.from(text), new Uint8Array(Buffer.from(text))])
    assert.equal(spanOf(received), spanContext.spanId)
})

test('the active context is the default', () => {
  const sent = context.with(active, () => [injectInto({}), carrierOf()])
  assert.deepEqual(sent, [{ traceparent }, { traceparent }])
})

test('baggage travels, too', () => {
  const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
  const read = extractFrom(injectInto({}, propagation.setBaggage(active, baggage)))
  assert.equal(propagation.getBaggage(read)?.getEntry('tenant')?.value, 'a')
})

test('what is no JSON, no object or carries nothing gives the base', () => {
  const values = [
    '',
    'report 7',
    '{',
    'null',
    '[]',
    '7',
    '"x"',
    '{}',
    null,
    undefined,
    7,
    [],
    Buffer.from([0xff]),
  ]
  for (const value of values) assert.equal(extractFrom(value), ROOT_CONTEXT)
  const others = [{ traceparent: 7 }, { traceparent: [traceparent] }, { traceparent: null }, { baggage: {} }]
  for (const value of others) assert.equal(spanOf(value), undefined)
  assert.equal(extractFrom('no JSON', active), active)
})

test('no value of any kind throws', () => {
  fc.assert(fc.property(fc.anything(), value => void extractFrom(value)))
  fc.assert(fc.property(fc.json(), text => void extractFrom(text)))
  fc.assert(fc.property(fc.uint8Array(), bytes => void extractFrom(bytes)))
})

test('a field may have any name: `__proto__` stays a field', () => {
  const value = JSON.parse('{"__proto__":{"admin":true},"a":1}')
  const copy = injectInto(value, ROOT_CONTEXT)
  assert.equal(JSON.stringify(copy), JSON.stringify(value))
  assert.equal('admin' in copy, false)
})
