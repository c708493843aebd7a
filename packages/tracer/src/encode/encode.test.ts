import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { walkTraces } from '@waybill/wire/otlp'
import fc from 'fast-check'
import { createTracerProvider } from '../provider.ts'
import { collectingSink } from '../testing/collecting-sink.ts'
import { encodeResource, openRequest } from './request.ts'

const remote = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
  traceState: createTraceState('vendor=1'),
}
const startMs = 1_790_000_000_000.125

test('everything that a span can say is in its bytes', () => {
  const sink = collectingSink()
  const tracer = createTracerProvider({ sink }).getTracer('lib', '1.2', { schemaUrl: 'https://schema/1' })
  const span = tracer.startSpan(
    'send orders',
    {
      kind: SpanKind.PRODUCER,
      startTime: startMs,
      attributes: { text: 'ä', whole: 7, negative: -7, real: 0.5, truth: false, zero: 0, empty: '' },
      links: [{ context: { ...remote, isRemote: false }, attributes: { at: 1 } }],
    },
    trace.setSpanContext(ROOT_CONTEXT, remote),
  )
  span.setAttribute('list', ['a', null, 'b'])
  span.addEvent('retry', { attempt: 2 }, startMs + 1)
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'refused' })
  span.end(startMs + 2)

  const [resourceSpans] = sink.request().resourceSpans
  assert.deepEqual(resourceSpans?.resource.attributes, [
    { key: 'service.name', value: { stringValue: 'shop' } },
  ])
  const [scopeSpans] = resourceSpans?.scopeSpans ?? []
  assert.equal(scopeSpans?.scope.name, 'lib')
  assert.equal(scopeSpans?.scope.version, '1.2')
  assert.equal(scopeSpans?.schemaUrl, 'https://schema/1')
  assert.deepEqual(scopeSpans?.spans, [
    {
      traceId: remote.traceId,
      spanId: span.spanContext().spanId,
      traceState: 'vendor=1',
      parentSpanId: remote.spanId,
      name: 'send orders',
      kind: 4,
      startTimeUnixNano: '1790000000000125000',
      endTimeUnixNano: '1790000000002125000',
      attributes: [
        { key: 'text', value: { stringValue: 'ä' } },
        { key: 'whole', value: { intValue: '7' } },
        { key: 'negative', value: { intValue: '-7' } },
        { key: 'real', value: { doubleValue: 0.5 } },
        { key: 'truth', value: { boolValue: false } },
        { key: 'zero', value: { intValue: '0' } },
        { key: 'empty', value: { stringValue: '' } },
        {
          key: 'list',
          value: { arrayValue: { values: [{ stringValue: 'a' }, {}, { stringValue: 'b' }] } },
        },
      ],
      droppedAttributesCount: 0,
      events: [
        {
          timeUnixNano: '1790000000001125000',
          name: 'retry',
          attributes: [{ key: 'attempt', value: { intValue: '2' } }],
          droppedAttributesCount: 0,
        },
      ],
      droppedEventsCount: 0,
      links: [
        {
          traceId: remote.traceId,
          spanId: remote.spanId,
          traceState: 'vendor=1',
          attributes: [{ key: 'at', value: { intValue: '1' } }],
          droppedAttributesCount: 0,
          flags: 0x101,
        },
      ],
      droppedLinksCount: 0,
      status: { code: 2, message: 'refused' },
      flags: 0x301,
    },
  ])
})

test('any attribute is read back, and the server would take the bytes', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.double(),
    fc.maxSafeInteger(),
    fc.array(fc.maxSafeInteger()),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1, unit: 'binary' }), value), attributes => {
      const sink = collectingSink()
      createTracerProvider({ sink }).getTracer('t').startSpan('s', { attributes }).end()
      const open = openRequest(encodeResource({}))
      for (const span of sink.spans) open.add({ name: 't', version: '', schemaUrl: '' }, span)
      assert.equal(walkTraces(open.finish()).spans, 1)
      const found = sink.request().resourceSpans[0]?.scopeSpans[0]?.spans[0]?.attributes ?? []
      const keys = Object.keys(attributes).map(key => key.toWellFormed())
      assert.deepEqual(found.map(({ key }) => key).sort(), keys.sort())
    }),
  )
})

test('times keep their microsecond until the end of the 64 bits', () => {
  for (const ms of [0, 0.001, 1_790_000_000_123.457, 4_294_967.295, 4_294_967.296, 18_446_744_073_709]) {
    const sink = collectingSink()
    createTracerProvider({ sink })
      .getTracer('t')
      .startSpan('s', { startTime: new Date(0) })
      .end([Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)])
    const end = sink.request().resourceSpans[0]?.scopeSpans[0]?.spans[0]?.endTimeUnixNano
    assert.equal(end, String(BigInt(Math.round(ms * 1000)) * 1000n))
  }
})
