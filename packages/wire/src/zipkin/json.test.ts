import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyValue } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import type { ResourceSpansData, SpanData } from '../otlp/index.ts'
import { decodeTraces, walkTraces } from '../otlp/index.ts'
import { zipkinJsonToOtlp } from './json.ts'

const arrivedMicros = 1_763_640_009_000_000
const plain = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  id: 'b7ad6b7169203331',
  name: 'send orders',
  timestamp: 1_763_640_000_123_456,
  duration: 1500,
}

function transcode(...spans: readonly object[]): readonly ResourceSpansData[] {
  const bytes = zipkinJsonToOtlp(Buffer.from(JSON.stringify(spans)), arrivedMicros)
  assert.equal(walkTraces(bytes).spans, spans.length)
  return decodeTraces(bytes).resourceSpans
}

function one(span: object): SpanData {
  const [only] = transcode({ ...plain, ...span }).flatMap(resource =>
    resource.scopeSpans.flatMap(scope => scope.spans),
  )
  assert.ok(only)
  return only
}

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } })

function refused(body: string | Uint8Array, message: RegExp): void {
  assert.throws(
    () => zipkinJsonToOtlp(Buffer.from(body), arrivedMicros),
    (error: unknown) => {
      assert.ok(error instanceof WaybillError)
      assert.equal(error.code, 'BAD_JSON')
      assert.match(error.message, message)
      assert.ok(error.position !== undefined && error.position <= Buffer.from(body).length)
      return true
    },
  )
}
const refusedSpan = (span: object, message: RegExp): void =>
  refused(JSON.stringify([{ ...plain, ...span }]), message)

test('a span keeps its ids, name, kind and times', () => {
  const span = one({ parentId: '00f067aa0ba902b7', kind: 'PRODUCER' })
  assert.deepEqual(
    [span.traceId, span.spanId, span.parentSpanId, span.name, span.kind],
    [plain.traceId, plain.id, '00f067aa0ba902b7', 'send orders', 4],
  )
  assert.deepEqual(
    [span.startTimeUnixNano, span.endTimeUnixNano],
    ['1763640000123456000', '1763640000124956000'],
  )
  assert.deepEqual([span.attributes, span.status.code], [[], 0])
})

test('ids: short ones are padded, of either case; a zero parent and an own parent are none', () => {
  assert.equal(one({ traceId: '8448eb211c80319c' }).traceId, '00000000000000008448eb211c80319c')
  assert.equal(one({ traceId: '17448eb211c80319c' }).traceId, '00000000000000017448eb211c80319c')
  assert.deepEqual(
    [one({ traceId: 'A' }).traceId, one({ id: 'F' }).spanId],
    ['a'.padStart(32, '0'), 'f'.padStart(16, '0')],
  )
  for (const parentId of ['0', '0'.repeat(16), plain.id, null])
    assert.equal(one({ parentId }).parentSpanId, '')
})

test('ids that are none are refused, by name', () => {
  refusedSpan({ traceId: undefined }, /a span without a trace id/)
  refusedSpan({ traceId: null }, /a span without a trace id/)
  refusedSpan({ traceId: '0'.repeat(32) }, /a span without a trace id/)
  refusedSpan({ id: undefined }, /a span without an id/)
  refusedSpan({ id: '0'.repeat(16) }, /a span without an id/)
  refusedSpan({ traceId: '1'.repeat(33) }, /traceId has 33 digits, more than 32/)
  refusedSpan({ id: '1'.repeat(17) }, /id has 17 digits, more than 16/)
  refusedSpan({ traceId: '' }, /traceId is empty/)
  refusedSpan({ id: 'b7ad6b716920333g' }, /id has something else than hex digits/)
  refusedSpan({ id: 5 }, /id is no text/)
})

test('names are in small letters', () => {
  const [resource] = transcode({
    ...plain,
    name: 'GET /Größe/Ä',
    localEndpoint: { serviceName: 'Front-End' },
  })
  assert.deepEqual(resource?.resource.attributes, [text('service.name', 'front-end')])
  assert.equal(resource?.scopeSpans[0]?.spans[0]?.name, 'get /größe/ä')
  const remote = one({ remoteEndpoint: { serviceName: 'DB' } })
  assert.deepEqual(remote.attributes, [text('service.peer.name', 'db')])
})

test('endpoints become attributes of the network', () => {
  const span = one({
    localEndpoint: { serviceName: 'a', ipv4: '10.0.0.1', port: 8080 },
    remoteEndpoint: { ipv6: '2001:db8::1', port: 0 },
  })
  assert.deepEqual(span.attributes, [
    text('network.local.address', '10.0.0.1'),
    { key: 'network.local.port', value: { intValue: '8080' } },
    text('network.peer.address', '2001:db8::1'),
  ])
  const both = one({ remoteEndpoint: { ipv4: '10.0.0.1', ipv6: '::1', port: 65_535 } })
  assert.deepEqual(both.attributes, [
    text('network.peer.address', '10.0.0.1'),
    text('zipkin.remote.ipv6', '::1'),
    { key: 'network.peer.port', value: { intValue: '65535' } },
  ])
  assert.deepEqual(
    one({ localEndpoint: null, remoteEndpoint: { port: -1, serviceName: null } }).attributes,
    [],
  )
  refusedSpan({ remoteEndpoint: { port: 65_536 } }, /remoteEndpoint.port is 65536/)
})

test('spans stand with their service and instrumentation', () => {
  const spans = [
    { id: '1', localEndpoint: { serviceName: 'a' } },
    { id: '2', localEndpoint: { serviceName: 'b' }, tags: { 'otel.scope.name': 'kafkajs' } },
    { id: '3', localEndpoint: { serviceName: 'A' } },
    {
      id: '4',
      localEndpoint: { serviceName: 'b' },
      tags: { 'otel.scope.name': 'kafkajs', 'otel.scope.version': '2' },
    },
    { id: '5' },
    { id: '6', tags: { 'otel.scope.version': '2' } },
  ]
  const found = transcode(...spans.map(span => ({ ...plain, ...span }))).map(({ resource, scopeSpans }) => [
    resource.attributes.map(({ value }) => Object.values(value)[0]).join(),
    scopeSpans.map(({ scope, spans }) => [
      scope.name,
      scope.version,
      spans.map(({ spanId }) => spanId.slice(-1)).join(''),
    ]),
  ])
  assert.deepEqual(found, [
    ['a', [['', '', '13']]],
    [
      'b',
      [
        ['kafkajs', '', '2'],
        ['kafkajs', '2', '4'],
      ],
    ],
    ['', [['', '', '56']]],
  ])
})

test('the tag error is the error, and stays where it says more than true', () => {
  for (const [tags, code, message, attributes] of [
    [{ error: 'timeout' }, 2, 'timeout', ['error']],
    [{ error: '' }, 2, '', ['error']],
    [{ error: 'true' }, 2, '', []],
    [{ error: 'false' }, 2, 'false', ['error']],
    [{ 'otel.status_code': 'ERROR', error: 'declined' }, 2, 'declined', []],
    [{ 'otel.status_code': 'ERROR', 'otel.status_description': 'why', error: 'true' }, 2, 'why', []],
    [{ 'otel.status_code': 'OK' }, 1, '', []],
    [{ 'otel.status_code': 'OK', error: 'x' }, 2, 'x', []],
    [{ 'otel.status_code': 'UNSET' }, 0, '', []],
    [{ 'otel.status_description': 'why' }, 0, '', ['otel.status_description']],
    [{ 'http.status_code': '500' }, 0, '', ['http.status_code']],
  ] as const) {
    const span = one({ tags })
    assert.deepEqual(
      [span.status, span.attributes.map(({ key }) => key)],
      [{ code, message }, attributes],
      JSON.stringify(tags),
    )
  }
})

test('other tags that stand for fields become them', () => {
  const span = one({ tags: { 'w3c.tracestate': 'a=1', 'span.kind': 'internal' } })
  assert.deepEqual([span.traceState, span.kind, span.attributes], ['a=1', 1, [text('span.kind', 'internal')]])
  assert.equal(one({ kind: 'SERVER', tags: { 'span.kind': 'internal' } }).kind, 2)
  assert.equal(one({ tags: { 'span.kind': 'client' } }).kind, 0)
})

test('tags are texts; numbers and booleans are taken as they are written', () => {
  const body = `[{"traceId":"1","id":"2","tags":{"a":"x","n":1.50,"b":true,"c":false,"":"","u":"\\ud83d\\ude00"}}]`
  const bytes = zipkinJsonToOtlp(Buffer.from(body), arrivedMicros)
  const span = decodeTraces(bytes).resourceSpans[0]?.scopeSpans[0]?.spans[0]
  assert.deepEqual(
    span?.attributes.filter(({ key }) => !key.startsWith('otel.')),
    [text('a', 'x'), text('n', '1.50'), text('b', 'true'), text('c', 'false'), text('', ''), text('u', '😀')],
  )
  refusedSpan({ tags: { a: null } }, /a tag is no text/)
  refusedSpan({ tags: { a: {} } }, /a tag is no text/)
  refusedSpan({ tags: [] }, /tags is no object/)
})

test('debug and shared are kept where they are true', () => {
  const keys = (span: object) => one(span).attributes.map(({ key }) => key)
  assert.deepEqual(keys({ debug: true, shared: true }), ['zipkin.debug', 'zipkin.shared'])
  assert.deepEqual(keys({ debug: false, shared: null }), [])
  refusedSpan({ debug: 'true' }, /debug is neither true nor false/)
})

test('a span that tells no time has that of its arrival, and says so', () => {
  const marks = ['otel.zipkin.absentField.startTime', 'otel.zipkin.absentField.duration']
  for (const none of [undefined, null, 0, -1]) {
    const span = one({ timestamp: none, duration: none })
    assert.deepEqual(
      [span.startTimeUnixNano, span.endTimeUnixNano],
      ['1763640009000000000', '1763640009000000000'],
    )
    assert.deepEqual(
      span.attributes.map(({ key }) => key),
      marks,
    )
  }
})

test('times: whole numbers, also as texts and with exponents, from 1970 to 2554', () => {
  const start = (timestamp: string): string => {
    const body = `[{"traceId":"1","id":"2","timestamp":${timestamp},"duration":1}]`
    const bytes = zipkinJsonToOtlp(Buffer.from(body), arrivedMicros)
    return decodeTraces(bytes).resourceSpans[0]?.scopeSpans[0]?.spans[0]?.startTimeUnixNano ?? ''
  }
  assert.equal(start('1'), '1000')
  assert.equal(start('"1763640000123456"'), '1763640000123456000')
  assert.equal(start('1.763640000123456e15'), '1763640000123456000')
  assert.equal(start('9007199254740991'), '9007199254740991000')
  assert.equal(start('9223372036854776'), '9223372036854776000')
  assert.equal(start('18446744073709000'), '18446744073709000000')
  assert.throws(() => start('18446744073710000'), /a time before 1970 or after 2554/)
  assert.throws(() => start('1.5'), /timestamp is no whole number/)
  assert.throws(() => start('"1.5"'), /timestamp is no whole number/)
  assert.throws(() => start('"x"'), /timestamp is no number/)
  assert.throws(() => start('true'), /timestamp is no number/)
  assert.throws(() => start('01'), /a number that begins with 0/)
})

test('annotations become events; an incomplete one fails the list', () => {
  const { events } = one({
    annotations: [
      { timestamp: 5, value: 'ws', more: [] },
      { value: '', timestamp: 0 },
    ],
  })
  assert.deepEqual(
    events.map(({ timeUnixNano, name }) => [timeUnixNano, name]),
    [
      ['5000', 'ws'],
      ['0', ''],
    ],
  )
  assert.deepEqual(one({ annotations: [] }).events, [])
  refusedSpan({ annotations: [{ value: 'ws' }] }, /an annotation without its timestamp/)
  refusedSpan({ annotations: [{ timestamp: 5, value: null }] }, /an annotation without its value/)
  refusedSpan({ annotations: [{ timestamp: -1, value: 'ws' }] }, /a time before 1970/)
  refusedSpan({ annotations: {} }, /annotations is no list/)
})

test('kinds are the four; unknown members are stepped over', () => {
  const kinds = { CLIENT: 3, SERVER: 2, PRODUCER: 4, CONSUMER: 5 }
  for (const [kind, number] of Object.entries(kinds)) assert.equal(one({ kind }).kind, number)
  for (const kind of ['client', 'constructor'])
    refusedSpan({ kind }, /kind is none of CLIENT, SERVER, PRODUCER, CONSUMER/)
  assert.equal(one({ more: { a: [1, -2.5e-3, 'x', null, true, {}, []] }, other: '\\"' }).name, 'send orders')
})

test('v1 spans are told where to go', () => {
  refusedSpan({ binaryAnnotations: [] }, /v1 spans, which go to \/api\/v1\/spans/)
  refusedSpan({ annotations: [{ timestamp: 1, value: 'sr', endpoint: {} }] }, /belongs to a v1 span/)
})

test('a list without spans gives no bytes', () => {
  for (const body of ['[]', ' [ ] \n'])
    assert.equal(zipkinJsonToOtlp(Buffer.from(body), arrivedMicros).length, 0)
})

test('what is no JSON is refused with the place', () => {
  for (const [body, message] of [
    ['', /byte 0: cut short/],
    ['{}', /byte 0: the body is no list/],
    ['[1]', /byte 1: a span is no object/],
    ['[{}] x', /a span without a trace id/],
    ['[] x', /byte 3: 1 bytes after the end/],
    ['[{"traceId":"1","id":"2"},]', /a span is no object/],
    ['[{"traceId":"1" "id":"2"}]', /a comma is missing/],
    ['[{"traceId" "1"}]', /a colon is missing/],
    ['[{traceId:"1"}]', /a key is no text/],
    ['[{"traceId":"1', /traceId is cut short/],
    ['[{"name":"a\nb"}]', /a control character in name/],
    ['[{"name":"\\x"}]', /an escape in name that is none/],
    ['[{"x":nul}]', /an unknown word/],
    ['[{"x":-}]', /a number without digits/],
    ['[{"x":1.}]', /a number without digits after its point/],
    ['[{"x":1e}]', /a number without an exponent/],
    ['\ufeff[]', /the body is no list/],
  ] as const)
    refused(body, message)
})

test('text that is not UTF-8 is refused', () => {
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x5c, 0x6e, 0xff]])
    refused(
      Buffer.concat([Buffer.from('[{"name":"'), Buffer.from(bytes), Buffer.from('"}]')]),
      /name is not UTF-8/,
    )
})

test('unknown members nest as deep as 64', () => {
  const nested = (depth: number): string =>
    JSON.stringify([plain]).replace('}]', `,"x":${'['.repeat(depth)}${']'.repeat(depth)}}]`)
  assert.equal(walkTraces(zipkinJsonToOtlp(Buffer.from(nested(64)), arrivedMicros)).spans, 1)
  refused(nested(65), /nested more than 64 deep/)
  refused(`[{"x":${'['.repeat(1e6)}`, /nested more than 64 deep/)
})
