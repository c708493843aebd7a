import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { propagatorOf } from './formats.ts'
import type { HeaderRecord, HeaderShape, MessageHeaders } from './headers.ts'
import {
  headerOf,
  headerText,
  mayCarryContext,
  rawHeaderOf,
  readContext,
  withContext,
  withTexts,
} from './headers.ts'
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

const shapes: Readonly<Record<HeaderShape, MessageHeaders>> = {
  record: { own: 'kept', traceparent: ['older', 'old'] },
  pairs: [
    ['own', 'kept'],
    ['traceparent', 'older'],
    ['traceparent', 'old'],
  ],
  singles: [{ own: 'kept' }, { traceparent: Buffer.from('older') }, { traceparent: Buffer.from('old') }],
  map: new Map<unknown, unknown>([
    ['own', 'kept'],
    ['traceparent', 'old'],
  ]),
  byteMap: new Map([
    [Buffer.from('own'), Buffer.from('kept')],
    [Buffer.from('traceparent'), Buffer.from('old')],
  ]),
}

test('every shape is read, the last of repeated headers, and copied in its own shape', () => {
  for (const [shape, headers] of Object.entries(shapes)) {
    const before = inspect(headers)
    assert.equal(headerOf(headers, 'traceparent'), 'old', shape)
    assert.equal(headerOf(headers, 'absent'), undefined, shape)
    const copy = withContext(headers, active)
    assert.notEqual(copy, headers)
    assert.equal(inspect(headers), before, shape)
    assert.equal(headerOf(copy, 'own'), 'kept', shape)
    assert.equal(headerOf(copy, 'traceparent'), traceparent, shape)
    assert.equal(trace.getSpanContext(readContext(ROOT_CONTEXT, copy))?.spanId, spanContext.spanId, shape)
    assert.equal(Array.isArray(copy), Array.isArray(headers), shape)
    assert.equal(copy instanceof Map, headers instanceof Map, shape)
    assert.equal(Array.isArray(copy) ? copy.length : copy instanceof Map ? copy.size : 2, 2, shape)
  }
})

test('headers that are absent or empty become those of the shape that is asked for', () => {
  const bytes = Buffer.from(traceparent)
  const made: Readonly<Record<HeaderShape, unknown>> = {
    record: { traceparent },
    pairs: [['traceparent', traceparent]],
    singles: [{ traceparent }],
    map: new Map([['traceparent', traceparent]]),
    byteMap: new Map([[Buffer.from('traceparent'), bytes]]),
  }
  for (const [shape, expected] of Object.entries(made)) {
    for (const headers of [undefined, null])
      assert.deepEqual(withContext(headers, active, undefined, shape as HeaderShape), expected, shape)
  }
  assert.deepEqual(withContext([], active, undefined, 'pairs'), made.pairs)
  assert.deepEqual(withContext([], active, undefined, 'singles'), made.singles)
  assert.deepEqual(
    [...(withContext(new Map(), active, undefined, 'byteMap') as Map<Buffer, Buffer>)],
    [[Buffer.from('traceparent'), bytes]],
  )
})

test('pairs of bytes stay bytes; repeated headers of the application are kept, all of them', () => {
  const pairs: [Buffer, Buffer][] = [
    [Buffer.from('a'), Buffer.from('1')],
    [Buffer.from('a'), Buffer.from('2')],
  ]
  assert.deepEqual(withContext(pairs, active), [
    ...pairs,
    [Buffer.from('traceparent'), Buffer.from(traceparent)],
  ])
  const record = { a: ['1', Buffer.from('2')] }
  assert.equal((withContext(record, active) as HeaderRecord)['a'], record.a)
})

test('AMQP values of other types are passed on as they are', () => {
  const headers = { n: 7, table: { a: [1] }, list: [1, 'x'], nothing: null, date: new Date(0) }
  assert.deepEqual(withContext(headers, active), { ...headers, traceparent })
  assert.equal(rawHeaderOf(headers, 'n'), 7)
  assert.equal(headerOf(headers, 'table'), undefined)
})

test('texts replace what had their names, in every shape', () => {
  for (const [shape, headers] of Object.entries(shapes)) {
    const copy = withTexts(headers, { own: 'new', more: '1' })
    assert.deepEqual(
      [headerOf(copy, 'own'), headerOf(copy, 'more'), headerOf(copy, 'traceparent')],
      ['new', '1', 'old'],
      shape,
    )
  }
  assert.deepEqual(withTexts(undefined, { a: '1' }), { a: '1' })
})

test('no list or Map of any content throws or is changed', () => {
  const field = fc.oneof(
    fc.string(),
    fc.uint8Array(),
    fc.constantFrom('traceparent', 'baggage'),
    fc.anything(),
  )
  const lists = fc.oneof(
    fc.array(fc.tuple(field, field)),
    fc.array(fc.dictionary(fc.string(), field, { maxKeys: 2 })),
    fc.array(fc.anything()),
    fc.array(fc.tuple(field, field)).map(entries => new Map(entries)),
  )
  fc.assert(
    fc.property(lists, found => {
      const size = found instanceof Map ? found.size : found.length
      const headers = Object.freeze(found) as MessageHeaders
      readContext(ROOT_CONTEXT, headers)
      withContext(headers, active)
      assert.equal(found instanceof Map ? found.size : found.length, size)
    }),
  )
})

test('whether headers may carry a context is seen in every shape', () => {
  const propagator = propagatorOf(['b3multi'])
  for (const name of ['X-B3-TraceId', 'x-b3-traceid']) {
    for (const shape of Object.keys(shapes) as HeaderShape[]) {
      assert.equal(mayCarryContext(withTexts(undefined, { [name]: '1' }, [], shape), propagator), true)
      assert.equal(mayCarryContext(withTexts(undefined, { baggage: 'a=1' }, [], shape), propagator), false)
    }
  }
})

test('a header may have any name, those that every object knows included, in every shape', () => {
  const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty']
  const pairs = names.map(name => [name, 'v'] as const)
  const record = JSON.parse('{"constructor":"v","toString":"v","__proto__":"v","hasOwnProperty":"v"}')
  const singles = [{ constructor: 'v' }, JSON.parse('{"__proto__":"v"}')]
  for (const copy of [
    (headers: MessageHeaders) => withContext(headers, active),
    (headers: MessageHeaders) => withTexts(headers, { traceparent }),
  ]) {
    assert.deepEqual(copy(new Map(pairs)), new Map([...pairs, ['traceparent', traceparent]]))
    assert.deepEqual(copy(pairs), [...pairs, ['traceparent', traceparent]])
    assert.deepEqual(copy(singles as never), [...singles, { traceparent }])
    assert.deepEqual(Object.entries(copy(record)), [...pairs, ['traceparent', traceparent]])
    assert.equal(Object.getPrototypeOf(copy(record)), Object.prototype)
  }
})
