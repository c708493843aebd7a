import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { emptyContext, withSpan } from './layered-context.ts'
import { remote } from './testing/routes.ts'

test('the API finds the span that a layer holds, and can replace and delete it', () => {
  const span = trace.wrapSpanContext(remote('a'))
  for (const base of [emptyContext, ROOT_CONTEXT]) {
    const context = withSpan(base, span)
    assert.equal(trace.getSpan(context), span)
    assert.equal(trace.getSpan(trace.deleteSpan(context)), undefined)
    const other = trace.setSpanContext(context, remote('b'))
    assert.equal(trace.getSpanContext(other)?.traceId, 'b'.repeat(32))
    assert.equal(trace.getSpan(context), span)
    const baggage = propagation.createBaggage({ a: { value: '1' } })
    const both = propagation.setBaggage(context, baggage)
    assert.equal(trace.getSpan(both), span)
    assert.equal(propagation.getBaggage(both), baggage)
  }
})

test('values are those of the API, whatever is set and deleted in whatever order, to any depth', () => {
  const keys = [createContextKey('a'), createContextKey('b'), createContextKey('c')] as const
  const step = fc.record({
    key: fc.constantFrom(...keys),
    value: fc.option(fc.integer(), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      let [layered, plain] = [emptyContext, ROOT_CONTEXT]
      for (const { key, value } of steps) {
        layered = value === undefined ? layered.deleteValue(key) : layered.setValue(key, value)
        plain = value === undefined ? plain.deleteValue(key) : plain.setValue(key, value)
      }
      for (const key of keys) assert.equal(layered.getValue(key), plain.getValue(key))
    }),
  )
})

test('a context that grows for ever keeps looking up fast', () => {
  const key = createContextKey('deep')
  let context = emptyContext.setValue(createContextKey('first'), 1)
  for (let i = 0; i < 100_000; i++) context = context.setValue(key, i)
  assert.equal(context.getValue(key), 99_999)
  assert.equal(context.getValue(createContextKey('first')), 1)
  assert.equal(context.getValue(createContextKey('absent')), undefined)
})

test('a context of very many values is still cheap to add to', () => {
  const keys = Array.from({ length: 300 }, (_, i) => createContextKey(`many ${i}`))
  let context = emptyContext
  for (const [i, key] of keys.entries()) context = context.setValue(key, i)
  assert.deepEqual(
    keys.map(key => context.getValue(key)),
    keys.map((_, i) => i),
  )
})
