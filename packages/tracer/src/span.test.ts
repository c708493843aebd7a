import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpanStatusCode } from '@opentelemetry/api'
import { createTracerProvider } from './provider.ts'
import type { RecordingSpan } from './span.ts'
import { collectingSink } from './testing/collecting-sink.ts'

function start(limits = {}) {
  const sink = collectingSink()
  const span = createTracerProvider({ sink, limits }).getTracer('t').startSpan('s') as RecordingSpan
  return { sink, span }
}

test('after its end a span takes nothing more, and is given on once', () => {
  const { sink, span } = start()
  span.end()
  const { endMs } = span
  span.setAttribute('late', 1).addEvent('late').setStatus({ code: 2 }).updateName('late').end()
  assert.deepEqual(
    [span.name, span.attributes, span.events.length, span.status.code, span.endMs, span.isRecording()],
    ['s', {}, 0, 0, endMs, false],
  )
  assert.equal(sink.spans.length, 1)
})

test('an attribute set again has its last value, and what is no value is left out', () => {
  const { span } = start()
  span.setAttributes({ a: 1, b: 'x', a2: undefined })
  span.setAttribute('a', 2)
  for (const wrong of [null, {}, () => 1, Symbol('s'), [1, 'a'], [{}]])
    span.setAttribute('wrong', wrong as never)
  span.setAttribute('', 'no name')
  assert.deepEqual(span.attributes, { a: 2, b: 'x' })
})

test('beyond the limits is counted: the last that fits, the first that does not', () => {
  const { span } = start({
    attributes: 2,
    events: 1,
    links: 1,
    attributeValueLength: 3,
    attributesPerEvent: 1,
  })
  span.setAttributes({ a: 'abc', b: 'abcd', c: 1, d: 2 })
  span.setAttribute('a', 'new')
  span.addEvent('one', { x: 1, y: 2 }).addEvent('two')
  span.addLinks([{ context: span.spanContext() }, { context: span.spanContext() }])
  assert.deepEqual(span.attributes, { a: 'new', b: 'abc' })
  assert.equal(span.attributeList.dropped, 2)
  assert.deepEqual([span.events.length, span.droppedEvents, span.events[0]?.attributes.dropped], [1, 1, 1])
  assert.deepEqual([span.links.length, span.droppedLinks], [1, 1])
})

test('OK is final, an error has its message, unset changes nothing', () => {
  const { span } = start()
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'first' })
  span.setStatus({ code: SpanStatusCode.UNSET })
  assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: 'first' })
  span.setStatus({ code: SpanStatusCode.OK, message: 'ignored' })
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'late' })
  assert.deepEqual(span.status, { code: SpanStatusCode.OK })
})

test('times: every form of the API, no end before the start', () => {
  const sink = collectingSink()
  const tracer = createTracerProvider({ sink }).getTracer('t')
  const unixMs = 1_790_000_000_000
  for (const startTime of [unixMs, new Date(unixMs), [unixMs / 1000, 0] as [number, number]])
    tracer.startSpan('s', { startTime }).end(unixMs - 1)
  for (const { startMs, endMs } of sink.spans) assert.deepEqual([startMs, endMs], [unixMs, unixMs])
  const before = Date.now()
  tracer.startSpan('s', { startTime: performance.now() }).end()
  const last = sink.spans.at(-1)
  assert.ok(last !== undefined && Math.abs(last.startMs - before) < 1000)
})

test('an exception is an event with what is known of it', () => {
  const { span } = start()
  span.recordException(Object.assign(new TypeError('no stock'), { code: 'E_STOCK' }))
  span.recordException('text')
  span.recordException({ name: 'Odd' })
  const events = span.events.map(({ name, attributes }) => Object.assign(attributes.toObject(), { name }))
  assert.match(String(events[0]?.['exception.stacktrace']), /TypeError: no stock/)
  assert.deepEqual(
    events.map(event => [event.name, event['exception.type'], event['exception.message']]),
    [
      ['exception', 'E_STOCK', 'no stock'],
      ['exception', undefined, 'text'],
      ['exception', 'Odd', undefined],
    ],
  )
})

test('an exception may be whatever was thrown, and whatever it is, nothing is thrown back', () => {
  const unreadable = new Proxy(
    {},
    {
      get() {
        throw new Error('not yours')
      },
    },
  )
  const thrown = [undefined, null, 42, Symbol('s'), { code: null, name: 'Odd', message: 7 }, unreadable]
  const { span } = start()
  for (const exception of thrown) span.recordException(exception as never)
  assert.deepEqual(
    span.events.map(({ name, attributes }) => [name, attributes.toObject()]),
    [
      ['exception', { 'exception.message': 'undefined' }],
      ['exception', { 'exception.message': 'null' }],
      ['exception', { 'exception.message': '42' }],
      ['exception', { 'exception.message': 'Symbol(s)' }],
      ['exception', { 'exception.type': 'Odd', 'exception.message': '7' }],
      ['exception', { 'exception.message': 'what was thrown cannot be read' }],
    ],
  )
})

test('names that are no texts become some, links without ids are dropped, times that are none are now', () => {
  const { sink, span } = start()
  span.updateName(undefined as never)
  span.addEvent(7 as never)
  span.addLinks([{ context: undefined }, undefined, { context: { traceId: '1', spanId: '2' } }] as never)
  span.setAttributes(null as never)
  span.end(null as never)
  assert.deepEqual([span.name, span.events[0]?.name, span.droppedLinks], ['undefined', '7', 3])
  const tracer = createTracerProvider({ sink }).getTracer('t', null as never)
  // The clock of spans may be some milliseconds off the wall's.
  const before = Date.now() - 60_000
  const odd = tracer.startSpan(null as never, { links: null, startTime: null } as never) as RecordingSpan
  odd.end('soon' as never)
  assert.ok(odd.startMs >= before && odd.endMs >= odd.startMs)
  tracer.startSpan('without options', null as never).end()
  assert.equal(sink.spans.length, 3)
})
