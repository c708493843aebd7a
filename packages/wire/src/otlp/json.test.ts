import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import { decodeTraces } from './decode.ts'
import { encodeTracesJson, parseTracesJson } from './json.ts'
import { maxValueDepth } from './schema.ts'
import type { SpanData } from './traces.ts'
import { walkTraces } from './walk.ts'

const ids = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }

function request(span: object): object {
  return { resourceSpans: [{ scopeSpans: [{ spans: [{ ...ids, ...span }] }] }] }
}

/** The span that becomes of these fields in JSON. */
function roundTrip(span: object): SpanData {
  const bytes = encodeTracesJson(request(span))
  assert.equal(walkTraces(bytes).spans, 1)
  const [only] = decodeTraces(bytes)
    .resourceSpans.flatMap(one => one.scopeSpans)
    .flatMap(one => one.spans)
  assert.ok(only)
  return only
}

function refused(json: unknown, message: string): void {
  assert.throws(
    () => encodeTracesJson(json),
    (error: unknown) => {
      assert.ok(error instanceof WaybillError)
      assert.equal(error.code, 'BAD_JSON')
      assert.equal(error.message, message)
      return true
    },
  )
}

/** Refuses a span with these fields; the message begins with the path inside the span. */
function unsound(span: object, message: string): void {
  const path = 'resourceSpans[0].scopeSpans[0].spans[0]'
  refused(request(span), message.startsWith(':') ? path + message : `${path}.${message}`)
}

test('the example of the OTLP specification is taken', () => {
  // opentelemetry-proto, examples/trace.json, shortened
  const span = roundTrip({
    parentSpanId: 'EEE19B7EC3C1B173',
    flags: 1,
    name: "I'm a server span",
    startTimeUnixNano: '1544712660000000000',
    endTimeUnixNano: '1544712661000000000',
    kind: 2,
    attributes: [{ key: 'my.span.attr', value: { stringValue: 'some value' } }],
  })
  assert.deepEqual(
    [span.parentSpanId, span.kind, span.startTimeUnixNano, span.attributes],
    [
      'eee19b7ec3c1b173',
      2,
      '1544712660000000000',
      [{ key: 'my.span.attr', value: { stringValue: 'some value' } }],
    ],
  )
})

test('ids are hex of either case', () => {
  const { traceId, spanId } = roundTrip({ traceId: ids.traceId.toUpperCase(), spanId: 'EEE19b7ec3c1B174' })
  assert.deepEqual({ traceId, spanId }, ids)
})

test('names may be lowerCamelCase or as in the .proto file', () => {
  const span = roundTrip({ parent_span_id: '00000000000000aa', dropped_events_count: 3, trace_state: 'a=1' })
  assert.deepEqual(
    [span.parentSpanId, span.droppedEventsCount, span.traceState],
    ['00000000000000aa', 3, 'a=1'],
  )
  const snake = {
    resource_spans: [{ scope_spans: [{ spans: [{ trace_id: ids.traceId, span_id: ids.spanId }] }] }],
  }
  assert.equal(walkTraces(encodeTracesJson(snake)).spans, 1)
  unsound({ traceState: 'a', trace_state: 'b' }, 'trace_state: the field stands here under two names')
})

test('null is absent, and unknown fields are left out', () => {
  const span = roundTrip({ name: null, attributes: null, status: null, foo: { bar: [1] }, __proto__x: 1 })
  assert.deepEqual([span.name, span.attributes, span.status], ['', [], { message: '', code: 0 }])
})

test('integers are numbers or texts', () => {
  const value = (intValue: unknown) =>
    roundTrip({ attributes: [{ key: 'k', value: { intValue } }] }).attributes[0]
  for (const [json, expected] of [
    [-1, '-1'],
    ['-1', '-1'],
    [0, '0'],
    ['1e3', '1000'],
    ['1.0', '1'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
  ])
    assert.deepEqual(value(json), { key: 'k', value: { intValue: expected } })
  const path = 'attributes[0].value.intValue'
  const int = (intValue: unknown) => ({ attributes: [{ value: { intValue } }] })
  unsound(int(1.5), `${path}: an integer expected, not 1.5`)
  unsound(int(''), `${path}: an integer expected, not ""`)
  unsound(int('0x10'), `${path}: an integer expected, not "0x10"`)
  unsound(int(true), `${path}: an integer expected, not true`)
  for (const beyond of ['9223372036854775808', '-9223372036854775809'])
    unsound(int(beyond), `${path}: ${beyond} is not between -9223372036854775808 and 9223372036854775807`)
})

test('times are unsigned and have 64 bits', () => {
  assert.equal(roundTrip({ endTimeUnixNano: '18446744073709551615' }).endTimeUnixNano, '18446744073709551615')
  assert.equal(roundTrip({ endTimeUnixNano: 1000 }).endTimeUnixNano, '1000')
  unsound(
    { endTimeUnixNano: '18446744073709551616' },
    'endTimeUnixNano: 18446744073709551616 is not between 0 and 18446744073709551615',
  )
  unsound({ startTimeUnixNano: -1 }, 'startTimeUnixNano: -1 is not between 0 and 18446744073709551615')
})

test('counts and flags have 32 bits', () => {
  const most = { droppedLinksCount: 4294967295, flags: '4294967295' }
  const { droppedLinksCount, flags } = roundTrip(most)
  assert.deepEqual([droppedLinksCount, flags], [4294967295, 4294967295])
  unsound({ flags: 4294967296 }, 'flags: 4294967296 is not between 0 and 4294967295')
  unsound({ droppedLinksCount: -1 }, 'droppedLinksCount: -1 is not between 0 and 4294967295')
})

test('enums are numbers or names', () => {
  assert.equal(roundTrip({ kind: 'SPAN_KIND_CONSUMER' }).kind, 5)
  assert.equal(roundTrip({ status: { code: 'STATUS_CODE_ERROR' } }).status.code, 2)
  assert.equal(roundTrip({ kind: 2147483647 }).kind, 2147483647)
  unsound({ kind: 2147483648 }, 'kind: 2147483648 is not between 0 and 2147483647')
  unsound({ kind: -1 }, 'kind: -1 is not between 0 and 2147483647')
  unsound(
    { status: { code: 'ERROR' } },
    'status.code: "ERROR" is none of STATUS_CODE_UNSET, STATUS_CODE_OK, STATUS_CODE_ERROR',
  )
})

test('doubles are numbers, texts, NaN and the infinities', () => {
  const value = (doubleValue: unknown) =>
    roundTrip({ attributes: [{ key: 'k', value: { doubleValue } }] }).attributes[0]?.value
  for (const [json, expected] of [
    [1, 1],
    ['-2.5e3', -2500],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['-Infinity', '-Infinity'],
  ])
    assert.deepEqual(value(json), { doubleValue: expected })
  unsound(
    { attributes: [{ value: { doubleValue: 'ten' } }] },
    'attributes[0].value.doubleValue: a number expected, not "ten"',
  )
})

test('bytes are base64 of either alphabet, padded or not', () => {
  const value = (bytesValue: unknown) =>
    roundTrip({ attributes: [{ key: 'k', value: { bytesValue } }] }).attributes[0]?.value
  for (const text of ['+/8=', '-_8=', '+/8', '-_8']) assert.deepEqual(value(text), { bytesValue: '+/8=' })
  assert.deepEqual(value(''), { bytesValue: '' })
  for (const text of ['a', 'a b=', 'ab=c', 'äb=='])
    unsound(
      { attributes: [{ value: { bytesValue: text } }] },
      `attributes[0].value.bytesValue: base64 expected, not ${JSON.stringify(text)}`,
    )
})

test('every place that is wrong is named', () => {
  refused(null, 'an object (ExportTraceServiceRequest) expected, not null')
  refused([], 'an object (ExportTraceServiceRequest) expected, not an array')
  refused({ resourceSpans: {} }, 'resourceSpans: an array expected, not an object')
  refused({ resourceSpans: [7] }, 'resourceSpans[0]: an object (ResourceSpans) expected, not 7')
  refused(
    { resourceSpans: [{ resource: 'x' }] },
    'resourceSpans[0].resource: an object (Resource) expected, not "x"',
  )
  refused({ resourceLogs: [] }, 'no resourceSpans, but "resourceLogs": these are no OTLP traces')
  unsound({ name: 5 }, 'name: a string expected, not 5')
  unsound({ events: [{}, { name: {} }] }, 'events[1].name: a string expected, not an object')
  unsound(
    { attributes: [{ value: { stringValue: 'a', intValue: 1 } }] },
    'attributes[0].value.intValue: a second value where only one may be set',
  )
  unsound(
    { attributes: [{ value: { boolValue: 1 } }] },
    'attributes[0].value.boolValue: true or false expected, not 1',
  )
  unsound({ attributes: [null] }, 'attributes[0]: an object (KeyValue) expected, not null')
})

test('ids must be there and of their length', () => {
  unsound({ traceId: undefined }, 'traceId: 32 hex digits expected, not nothing')
  unsound({ traceId: null }, ': a span without traceId')
  unsound({ spanId: null }, ': a span without spanId')
  unsound({ traceId: '' }, 'traceId: 32 hex digits expected, not ""')
  unsound({ traceId: ids.traceId.slice(1) }, `traceId: 32 hex digits expected, not "${ids.traceId.slice(1)}"`)
  unsound({ spanId: '7uGbfsPBsXQ=' }, 'spanId: 16 hex digits expected, not "7uGbfsPBsXQ="')
  unsound({ spanId: 'g'.repeat(16) }, `spanId: 16 hex digits expected, not "${'g'.repeat(16)}"`)
  unsound({ spanId: '0'.repeat(16) }, 'spanId: an id of zeros')
  unsound({ parentSpanId: '12' }, 'parentSpanId: 16 hex digits expected, not "12"')
  assert.equal(roundTrip({ parentSpanId: '' }).parentSpanId, '')
  const links = roundTrip({ links: [{ traceId: '', attributes: [] }, { spanId: '0'.repeat(16) }] }).links
  assert.deepEqual(
    links.map(link => [link.traceId, link.spanId]),
    [
      ['', ''],
      ['', '0'.repeat(16)],
    ],
  )
})

test('values nest to a depth', () => {
  const nested = (depth: number): object =>
    depth === 1 ? { intValue: 1 } : { arrayValue: { values: [nested(depth - 1)] } }
  roundTrip({ attributes: [{ key: 'k', value: nested(maxValueDepth) }] })
  assert.throws(() => encodeTracesJson(request({ attributes: [{ value: nested(maxValueDepth + 1) }] })), {
    code: 'BAD_JSON',
    message: /values nested more than 32 deep$/,
  })
})

test('half a surrogate pair becomes the replacement character', () => {
  assert.equal(roundTrip({ name: 'a\ud83d' }).name, 'a\ufffd')
  assert.equal(roundTrip({ name: `${'a'.repeat(50)}\udc00` }).name, `${'a'.repeat(50)}\ufffd`)
})

test('numbers of 64 bits are read digit for digit', () => {
  const body = (time: string) => Buffer.from(`{"t":${time},"a":[${time}, 1, -${time}],"s":"${time}"}`)
  const time = '1544712660300000001'
  assert.deepEqual(parseTracesJson(body(time)), { t: time, a: [time, 1, `-${time}`], s: time })
  assert.deepEqual(parseTracesJson(body('9007199254740991')), {
    t: 9007199254740991,
    a: [9007199254740991, 1, -9007199254740991],
    s: '9007199254740991',
  })
  assert.deepEqual(parseTracesJson(Buffer.from('[12345678901234567.5]')), [Number('12345678901234567.5')])
})

test('a body that is no JSON is refused with a reason', () => {
  for (const [body, message] of [
    ['{"a":', /JSON/],
    ['', /JSON/],
    ['not json', /JSON/],
    [Buffer.from([0x22, 0xff, 0x22]), /the body is not UTF-8/],
  ] as const)
    assert.throws(() => parseTracesJson(Buffer.from(body)), { code: 'BAD_JSON', message })
})
