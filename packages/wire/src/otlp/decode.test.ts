import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { decodeAnyValue, decodeArrayValue, decodeKeyValueList, decodeTraces } from './decode.ts'
import { encodeAnyValue } from './encode.ts'
import { encodeTracesJson, parseTracesJson } from './json.ts'
import { walkTraces } from './walk.ts'

test('what OpenTelemetry JS sends as protobuf and as JSON is the same to us', () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'process.pid': 17 }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('kafkajs', '0.27.0', {
    schemaUrl: 'https://opentelemetry.io/schemas/1.44.0',
  })
  const span = tracer.startSpan('send orders', {
    kind: SpanKind.PRODUCER,
    attributes: {
      text: 'grün',
      int: -3,
      double: 0.5,
      yes: true,
      list: ['a', 'b'],
      numbers: [1, 2.5],
      empty: '',
    },
    startTime: [1_763_640_000, 123_456_789],
    links: [
      {
        context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 },
        attributes: { 'messaging.kafka.offset': 7 },
      },
    ],
  })
  span.addEvent('retry', { attempt: 2 }, [1_763_640_000, 223_456_789])
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' })
  span.end([1_763_640_001, 1])
  const spans = exporter.getFinishedSpans()
  const protobuf = ProtobufTraceSerializer.serializeRequest(spans)
  const json = JsonTraceSerializer.serializeRequest(spans)
  assert.ok(protobuf && json)
  assert.equal(walkTraces(protobuf).spans, 1)

  const decoded = decodeTraces(protobuf)
  assert.deepEqual(decodeTraces(encodeTracesJson(parseTracesJson(json))), decoded)
  const [only] = decoded.resourceSpans[0]?.scopeSpans[0]?.spans ?? []
  assert.equal(decoded.resourceSpans[0]?.scopeSpans[0]?.schemaUrl, 'https://opentelemetry.io/schemas/1.44.0')
  assert.deepEqual(
    [only?.traceId, only?.spanId, only?.name, only?.kind],
    [span.spanContext().traceId, span.spanContext().spanId, 'send orders', 4],
  )
  assert.deepEqual(
    [only?.startTimeUnixNano, only?.endTimeUnixNano],
    ['1763640000123456789', '1763640001000000001'],
  )
  assert.deepEqual(only?.status, { code: 2, message: 'declined' })
  assert.deepEqual(only?.attributes, [
    { key: 'text', value: { stringValue: 'grün' } },
    { key: 'int', value: { intValue: '-3' } },
    { key: 'double', value: { doubleValue: 0.5 } },
    { key: 'yes', value: { boolValue: true } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
    { key: 'numbers', value: { arrayValue: { values: [{ intValue: '1' }, { doubleValue: 2.5 }] } } },
    { key: 'empty', value: { stringValue: '' } },
  ])
  assert.deepEqual(only?.events[0]?.attributes, [{ key: 'attempt', value: { intValue: '2' } }])
  assert.deepEqual([only?.links[0]?.traceId, only?.links[0]?.spanId], ['1'.repeat(32), '2'.repeat(16)])
})

test('a list and a map are read from the bytes inside their value', () => {
  const values = [{ intValue: '-1' }, {}, { arrayValue: { values: [{ boolValue: false }] } }]
  const list = encodeAnyValue({ arrayValue: { values } })
  assert.deepEqual(decodeArrayValue(list.subarray(2)), values)
  const entries = [{ key: 'a', value: { stringValue: '' } }]
  const map = encodeAnyValue({ kvlistValue: { values: entries } })
  assert.deepEqual(decodeKeyValueList(map.subarray(2)), entries)
  assert.deepEqual([decodeArrayValue(new Uint8Array(0)), decodeKeyValueList(new Uint8Array(0))], [[], []])
  assert.deepEqual(decodeAnyValue(new Uint8Array(0)), {})
})

test('unknown fields are left out, the last of several counts, messages are merged', () => {
  const bytes = Buffer.from('1802f8063f1807', 'hex')
  assert.deepEqual(decodeAnyValue(bytes), { intValue: '7' })
  assert.deepEqual(decodeAnyValue(Buffer.from('180a10010a0178', 'hex')), { stringValue: 'x' })
  const twoValues = Buffer.from('0a0b0a016b1202180112020a00', 'hex')
  assert.deepEqual(decodeKeyValueList(twoValues), [{ key: 'k', value: { stringValue: '' } }])
  const twoResources = Buffer.from('0a08' + '0a021001' + '0a021002', 'hex')
  assert.equal(decodeTraces(twoResources).resourceSpans[0]?.resource.droppedAttributesCount, 2)
})

test('damaged bytes are refused with a place', () => {
  for (const [hex, message, position] of [
    ['0a', /AnyValue.stringValue at byte 0: cut short/, 0],
    ['0a0261', /AnyValue.stringValue at byte 0: cut short/, 0],
    ['1001' + '08', /AnyValue.stringValue at byte 2: wrong wire type/, 2],
    ['00', /AnyValue at byte 0: no field tag/, 0],
    ['0b', /wrong wire type/, 0],
    ['fb0a', /AnyValue at byte 0: cut short/, 0],
  ] as const)
    assert.throws(() => decodeAnyValue(Buffer.from(hex, 'hex')), { code: 'BAD_PROTOBUF', message, position })
})
