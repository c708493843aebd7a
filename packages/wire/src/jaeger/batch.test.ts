import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyValue } from '@waybill/model'
import type { ResourceSpansData, SpanData } from '../otlp/index.ts'
import { decodeTraces, walkTraces } from '../otlp/index.ts'
import { jaegerThriftToOtlp } from './batch.ts'
import type { JaegerBatch, JaegerSpan, JaegerTag } from './encode.ts'
import { encodeJaegerBatch } from './encode.ts'

const plain: JaegerSpan = {
  traceIdLow: 0x8448eb211c80319cn,
  traceIdHigh: 0x0af7651916cd43ddn,
  spanId: 0xb7ad6b7169203331n,
  parentSpanId: 0n,
  operationName: 'send orders',
  flags: 0,
  startTime: 1_763_640_000_123_456n,
  duration: 1_500n,
}
const traceId = '0af7651916cd43dd8448eb211c80319c'

function resourceSpans(batch: JaegerBatch): ResourceSpansData {
  const bytes = jaegerThriftToOtlp(encodeJaegerBatch(batch))
  assert.equal(walkTraces(bytes).spans, batch.spans.length)
  const [first, ...others] = decodeTraces(bytes).resourceSpans
  assert.ok(first && others.length === 0)
  return first
}

function transcode(span: Partial<JaegerSpan>): SpanData {
  const { scopeSpans } = resourceSpans({
    process: { serviceName: 'shop' },
    spans: [{ ...plain, ...span }],
  })
  const [only] = scopeSpans.flatMap(scope => scope.spans)
  assert.ok(only)
  return only
}

function text(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } }
}

test('a span keeps its ids, name and times', () => {
  const span = transcode({ parentSpanId: 0x00f067aa0ba902b7n })
  assert.deepEqual(
    { ...span, attributes: [] },
    {
      traceId,
      spanId: 'b7ad6b7169203331',
      parentSpanId: '00f067aa0ba902b7',
      traceState: '',
      name: 'send orders',
      kind: 0,
      startTimeUnixNano: '1763640000123456000',
      endTimeUnixNano: '1763640000124956000',
      attributes: [],
      droppedAttributesCount: 0,
      events: [],
      droppedEventsCount: 0,
      links: [],
      droppedLinksCount: 0,
      status: { message: '', code: 0 },
      flags: 0,
    },
  )
})

test('a trace id of 64 bits is padded on the left', () => {
  assert.equal(transcode({ traceIdHigh: 0n }).traceId, '00000000000000008448eb211c80319c')
  assert.equal(transcode({ traceIdLow: 0n }).traceId, '0af7651916cd43dd0000000000000000')
})

test('every type of tag becomes the value of that type', () => {
  const tags: readonly JaegerTag[] = [
    { key: 'text', vStr: 'grün' },
    { key: 'empty', vStr: '' },
    { key: 'yes', vBool: true },
    { key: 'no', vBool: false },
    { key: 'zero', vLong: 0n },
    { key: 'least', vLong: -(2n ** 63n) },
    { key: 'most', vLong: 2n ** 63n - 1n },
    { key: 'half', vDouble: -0.5 },
    { key: 'nan', vDouble: Number.NaN },
    { key: 'bytes', vBinary: new Uint8Array([0, 255, 128]) },
  ]
  assert.deepEqual(transcode({ tags }).attributes, [
    text('text', 'grün'),
    text('empty', ''),
    { key: 'yes', value: { boolValue: true } },
    { key: 'no', value: { boolValue: false } },
    { key: 'zero', value: { intValue: '0' } },
    { key: 'least', value: { intValue: '-9223372036854775808' } },
    { key: 'most', value: { intValue: '9223372036854775807' } },
    { key: 'half', value: { doubleValue: -0.5 } },
    { key: 'nan', value: { doubleValue: 'NaN' } },
    { key: 'bytes', value: { bytesValue: 'AP+A' } },
  ])
})

test('the process becomes the resource', () => {
  const { resource } = resourceSpans({
    process: {
      serviceName: 'shop',
      tags: [
        { key: 'hostname', vStr: 'node-17' },
        { key: 'jaeger.version', vStr: 'Node-3.19.0' },
        { key: 'ip', vStr: '10.0.0.1' },
      ],
    },
    spans: [plain],
  })
  assert.deepEqual(resource.attributes, [
    text('service.name', 'shop'),
    text('ip', '10.0.0.1'),
    text('host.name', 'node-17'),
    text('opencensus.exporterversion', 'Jaeger-Node-3.19.0'),
  ])
})

test('tags of the process keep their keys where the new key is there already', () => {
  const tags = ['hostname', 'host.name', 'jaeger.version', 'opencensus.exporterversion']
  const { resource } = resourceSpans({
    process: { serviceName: '', tags: tags.map(key => ({ key, vStr: 'x' })) },
    spans: [plain],
  })
  assert.deepEqual(
    resource.attributes,
    tags.map(key => text(key, 'x')),
  )
})

test('span.kind becomes the kind; what is no kind stays an attribute', () => {
  const kinds = ['internal', 'server', 'client', 'producer', 'consumer']
  for (const [index, vStr] of kinds.entries()) {
    const span = transcode({ tags: [{ key: 'span.kind', vStr }] })
    assert.deepEqual([span.kind, span.attributes], [index + 1, []])
  }
  const other = transcode({ tags: [{ key: 'span.kind', vStr: 'local' }] })
  assert.deepEqual([other.kind, other.attributes], [0, [text('span.kind', 'local')]])
  const empty = transcode({ tags: [{ key: 'span.kind', vStr: '' }] })
  assert.deepEqual([empty.kind, empty.attributes], [0, [text('span.kind', '')]])
})

test('the last of several tags with one known key counts', () => {
  const tags = ['client', 'server'].map(vStr => ({ key: 'span.kind', vStr }))
  assert.deepEqual([transcode({ tags }).kind, transcode({ tags }).attributes], [2, []])
})

test('several tags with any other key are all attributes, in their order; so are those of a process and of a log', () => {
  const tags: readonly JaegerTag[] = [
    { key: 'k', vStr: 'first' },
    { key: 'a', vStr: 'x' },
    { key: 'k', vLong: 2n },
    { key: 'a', vStr: 'x' },
  ]
  const attributes = [
    text('k', 'first'),
    text('a', 'x'),
    { key: 'k', value: { intValue: '2' } },
    text('a', 'x'),
  ]
  const { resource, scopeSpans } = resourceSpans({
    process: { serviceName: 'shop', tags },
    spans: [{ ...plain, tags, logs: [{ timestamp: plain.startTime, fields: tags }] }],
  })
  const [span] = scopeSpans.flatMap(scope => scope.spans)
  assert.deepEqual(span?.attributes, attributes)
  assert.deepEqual(span?.events[0]?.attributes, attributes)
  assert.deepEqual(resource.attributes, [text('service.name', 'shop'), ...attributes])
})

test('status comes from error, then otel.status_code, then http.status_code', () => {
  const description: JaegerTag = { key: 'otel.status_description', vStr: 'declined' }
  const http = (code: bigint): JaegerTag => ({ key: 'http.status_code', vLong: code })
  const kind = (vStr: string): JaegerTag => ({ key: 'span.kind', vStr })
  const error: JaegerTag = { key: 'error', vBool: true }
  const statedOk: JaegerTag = { key: 'otel.status_code', vStr: 'OK' }
  const message: JaegerTag = { key: 'http.status_message', vStr: 'Bad Gateway' }
  const cases: readonly (readonly [readonly JaegerTag[], number, string, readonly string[]])[] = [
    [[error], 2, '', []],
    [[{ key: 'error', vStr: 'true' }], 2, '', []],
    [[{ key: 'error', vStr: 'timeout' }], 0, '', ['error']],
    [[{ key: 'error', vBool: false }], 0, '', ['error']],
    [[error, description], 2, 'declined', []],
    [[error, message], 2, 'Bad Gateway', ['http.status_message']],
    [[statedOk, error, description], 2, 'declined', []],
    [[statedOk], 1, '', []],
    [[{ key: 'otel.status_code', vStr: 'error' }, description], 2, 'declined', []],
    [[{ key: 'otel.status_code', vStr: 'UNSET' }], 0, '', []],
    [[description], 0, '', ['otel.status_description']],
    [[http(399n)], 0, '', ['http.status_code']],
    [[http(400n)], 2, '', ['http.status_code']],
    [[http(99n)], 2, '', ['http.status_code']],
    [[http(404n), kind('server')], 0, '', ['http.status_code']],
    [[http(404n), kind('client')], 2, '', ['http.status_code']],
    [[http(500n), kind('server'), message], 2, 'Bad Gateway', ['http.status_code', 'http.status_message']],
    [[{ key: 'http.status_code', vStr: '503' }], 2, '', ['http.status_code']],
    [[{ key: 'http.status_code', vStr: 'none' }], 0, '', ['http.status_code']],
    [[statedOk, http(500n)], 1, '', ['http.status_code']],
  ]
  for (const [tags, code, text, attributes] of cases) {
    const span = transcode({ tags })
    assert.deepEqual(
      { status: span.status, attributes: span.attributes.map(attribute => attribute.key) },
      { status: { code, message: text }, attributes },
      JSON.stringify(tags, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    )
  }
})

test('the parent comes from the references where the span names none', () => {
  const same = { traceIdLow: plain.traceIdLow, traceIdHigh: plain.traceIdHigh }
  const childOf = { refType: 'CHILD_OF', spanId: 1n, ...same } as const
  const followsFrom = { refType: 'FOLLOWS_FROM', spanId: 2n, ...same } as const
  const elsewhere = { ...childOf, traceIdLow: 7n }
  const links = (span: SpanData) =>
    span.links.map(link => [link.traceId.slice(-2), link.spanId.slice(-2), link.attributes])
  const type = (value: string) => [text('opentracing.ref_type', value)]

  const only = transcode({ references: [childOf] })
  assert.deepEqual([only.parentSpanId, only.links], ['0000000000000001', []])
  const both = transcode({ references: [followsFrom, childOf] })
  assert.equal(both.parentSpanId, '0000000000000001')
  assert.deepEqual(links(both), [['9c', '02', type('follows_from')]])
  const followed = transcode({ references: [elsewhere, followsFrom] })
  assert.equal(followed.parentSpanId, '0000000000000002')
  assert.deepEqual(links(followed), [
    ['07', '01', type('child_of')],
    ['9c', '02', type('follows_from')],
  ])
  const named = transcode({ parentSpanId: 3n, references: [childOf, { ...childOf, spanId: 3n }] })
  assert.equal(named.parentSpanId, '0000000000000003')
  assert.deepEqual(links(named), [['9c', '01', type('child_of')]])
  const foreign = transcode({ parentSpanId: 1n, references: [elsewhere] })
  assert.deepEqual(links(foreign), [['07', '01', type('child_of')]])
})

test('logs become events, named by their field event', () => {
  const { events } = transcode({
    logs: [
      {
        timestamp: 1_763_640_000_123_457n,
        fields: [
          { key: 'level', vStr: 'warn' },
          { key: 'event', vStr: 'retry' },
        ],
      },
      { timestamp: 0n, fields: [{ key: 'event', vLong: 3n }] },
      { timestamp: 1n, fields: [] },
    ],
  })
  const none = { droppedAttributesCount: 0 }
  assert.deepEqual(events, [
    { timeUnixNano: '1763640000123457000', name: 'retry', attributes: [text('level', 'warn')], ...none },
    { timeUnixNano: '0', name: '', attributes: [{ key: 'event', value: { intValue: '3' } }], ...none },
    { timeUnixNano: '1000', name: '', attributes: [], ...none },
  ])
})

test('flags: sampled is OTLP’s too, the others are attributes', () => {
  const { flags, attributes } = transcode({ flags: 1 | 2 | 8, incomplete: true })
  assert.equal(flags, 1)
  assert.deepEqual(
    attributes.map(attribute => attribute.key),
    ['jaeger.incomplete', 'jaeger.debug', 'jaeger.firehose'],
  )
  assert.deepEqual([transcode({ flags: 2 }).flags, transcode({ incomplete: false }).attributes], [0, []])
})

test('w3c.tracestate becomes the trace state', () => {
  const { traceState, attributes } = transcode({ tags: [{ key: 'w3c.tracestate', vStr: 'a=1,b=2' }] })
  assert.deepEqual([traceState, attributes], ['a=1,b=2', []])
})

test('spans are grouped by the instrumentation that their tags name', () => {
  const named = (name: string, version?: string, prefix = 'otel.scope'): JaegerSpan => ({
    ...plain,
    operationName: `${name}/${version}`,
    tags: [
      { key: `${prefix}.name`, vStr: name },
      ...(version ? [{ key: `${prefix}.version`, vStr: version }] : []),
    ],
  })
  const { scopeSpans } = resourceSpans({
    process: { serviceName: 'shop' },
    spans: [
      named('kafkajs', '1'),
      plain,
      named('kafkajs', '1', 'otel.library'),
      named('kafkajs'),
      named('kafkajs', '1'),
    ],
  })
  assert.deepEqual(
    scopeSpans.map(({ scope, spans }) => [scope.name, scope.version, spans.map(span => span.name)]),
    [
      ['kafkajs', '1', ['kafkajs/1', 'kafkajs/1', 'kafkajs/1']],
      ['', '', ['send orders']],
      ['kafkajs', '', ['kafkajs/undefined']],
    ],
  )
  assert.deepEqual(
    scopeSpans.flatMap(({ spans }) => spans.flatMap(span => span.attributes)),
    [],
  )
})

test('a version without a name, and a library beside a scope, stay attributes', () => {
  const tags = ['otel.scope.version', 'otel.library.version'].map(key => ({ key, vStr: '1' }))
  assert.equal(transcode({ tags }).attributes.length, 2)
  const both = ['otel.scope.name', 'otel.library.name'].map(key => ({ key, vStr: key }))
  assert.deepEqual(transcode({ tags: both }).attributes, [text('otel.library.name', 'otel.library.name')])
})

test('a batch without spans gives no bytes', () => {
  const bytes = encodeJaegerBatch({ process: { serviceName: 'shop' }, spans: [] })
  assert.equal(jaegerThriftToOtlp(bytes).length, 0)
})
