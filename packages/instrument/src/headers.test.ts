import assert from 'node:assert/strict'
import { test } from 'node:test'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { headerText, readContext, withContext } from './headers.ts'
import { collectSpans } from './testing/collect-spans.ts'

collectSpans()

const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true }
const traceparent = `00-${spanContext.traceId}-${spanContext.spanId}-01`
const active = trace.setSpanContext(ROOT_CONTEXT, spanContext)

test('a header is read as text, whatever its shape, and the last of several counts', () => {
  assert.equal(headerText('x'), 'x')
  assert.equal(headerText(Buffer.from('é')), 'é')
  assert.equal(headerText(new Uint8Array([0x41])), 'A')
  assert.equal(headerText(['a', Buffer.from('b')]), 'b')
  for (const value of [undefined, null, 7, {}, []]) assert.equal(headerText(value), undefined)
})

test('a header of 16,384 bytes is read, a longer one is not', () => {
  assert.equal(headerText('x'.repeat(16_384))?.length, 16_384)
  assert.equal(headerText('x'.repeat(16_385)), undefined)
  assert.equal(headerText(Buffer.alloc(16_384, 'x'))?.length, 16_384)
  assert.equal(headerText(Buffer.alloc(16_385, 'x')), undefined)
})

test('what was written is read again, with baggage', () => {
  const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
  const headers = withContext({ own: 'kept' }, propagation.setBaggage(active, baggage))
  assert.deepEqual(headers, { own: 'kept', traceparent, baggage: 'tenant=a' })
  const read = readContext(ROOT_CONTEXT, headers)
  assert.equal(trace.getSpanContext(read)?.spanId, spanContext.spanId)
  assert.equal(propagation.getBaggage(read)?.getEntry('tenant')?.value, 'a')
})

test('without a span to carry, headers are copied as they are', () => {
  const headers = { traceparent: 'of somebody else', tracestate: 'x=1', own: 'kept' }
  assert.deepEqual(withContext(headers, ROOT_CONTEXT), headers)
  assert.deepEqual(withContext(undefined, ROOT_CONTEXT), {})
  assert.deepEqual(withContext(null, ROOT_CONTEXT), {})
})

test('an older trace state does not stay beside our context; baggage does', () => {
  const headers = { traceparent: 'old', tracestate: 'old=1', baggage: 'b=1' }
  assert.deepEqual(withContext(headers, active), { traceparent, baggage: 'b=1' })
})

test('no headers of any kind throw, or are changed', () => {
  const value = fc.oneof(fc.string(), fc.uint8Array(), fc.array(fc.string()), fc.constant(undefined))
  const headers = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('traceparent', 'tracestate', 'baggage')),
    value,
  )
  fc.assert(
    fc.property(headers, found => {
      const frozen = Object.freeze(found)
      readContext(context.active(), frozen)
      assert.equal((withContext(frozen, active) as Record<string, unknown>)['traceparent'], traceparent)
    }),
  )
})
