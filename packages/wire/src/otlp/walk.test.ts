import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import { encodeTraces } from './encode.ts'
import { maxValueDepth } from './schema.ts'
import { soundPrefix, walkTraces } from './walk.ts'

/** A field of wire type 2. */
function field(number: number, content: readonly number[] | string): number[] {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}

function repeat(byte: number, count: number): number[] {
  return Array.from({ length: count }, () => byte)
}

const ids = [...field(1, repeat(1, 16)), ...field(2, repeat(2, 8))]

/** A request with one span of these fields. */
function request(...span: number[]): Uint8Array {
  return new Uint8Array(field(1, field(2, field(2, span))))
}

function sound(...span: number[]): void {
  assert.deepEqual(walkTraces(request(...ids, ...span)), { spans: 1 })
}

function refused(bytes: Uint8Array, message: RegExp, position?: number): void {
  assert.throws(
    () => walkTraces(bytes),
    (error: unknown) => {
      assert.ok(error instanceof WaybillError)
      assert.equal(error.code, 'BAD_PROTOBUF')
      assert.match(error.message, message)
      if (position !== undefined) assert.equal(error.position, position)
      return true
    },
  )
}

/** Refuses a span that has its ids and these fields. */
function unsound(span: readonly number[], message: RegExp): void {
  refused(request(...ids, ...span), message)
}

test('nothing is a request without spans', () => {
  assert.deepEqual(walkTraces(new Uint8Array(0)), { spans: 0 })
  assert.deepEqual(walkTraces(new Uint8Array(field(1, []))), { spans: 0 })
})

test('spans need no more than their ids', () => {
  sound()
})

test('spans of all resources and scopes are counted', () => {
  const spans = [...field(2, ids), ...field(2, ids)]
  const resource = field(1, [...field(2, spans), ...field(2, spans), ...field(2, [])])
  assert.equal(walkTraces(new Uint8Array([...resource, ...resource])).spans, 8)
})

test('bytes may lie anywhere in their buffer', () => {
  const bytes = request(...ids)
  const larger = new Uint8Array(bytes.length + 7)
  larger.set(bytes, 5)
  assert.equal(walkTraces(larger.subarray(5, 5 + bytes.length)).spans, 1)
})

test('trace ids have 16 bytes and are not zero', () => {
  const spanId = field(2, repeat(2, 8))
  for (const length of [0, 15, 17])
    refused(
      request(...field(1, repeat(1, length)), ...spanId),
      new RegExp(`Span.traceId at byte 8: an id of ${length} bytes instead of 16`),
      8,
    )
  refused(request(...field(1, repeat(0, 16)), ...spanId), /Span.traceId at byte 8: an id of zeros/, 8)
  refused(request(...spanId), /Span at byte 6: no trace id/, 6)
  assert.equal(walkTraces(request(...field(1, [...repeat(0, 15), 1]), ...spanId)).spans, 1)
})

test('span ids have 8 bytes and are not zero', () => {
  const traceId = field(1, repeat(1, 16))
  for (const length of [0, 7, 9])
    refused(
      request(...traceId, ...field(2, repeat(1, length))),
      /Span.spanId at byte 26: an id of \d bytes/,
      26,
    )
  refused(request(...traceId, ...field(2, repeat(0, 8))), /Span.spanId at byte 26: an id of zeros/)
  refused(request(...traceId), /Span at byte 6: no span id/)
  assert.equal(walkTraces(request(...traceId, ...field(2, [1, ...repeat(0, 7)]))).spans, 1)
})

test('an id that stands twice is checked twice', () => {
  unsound(field(1, repeat(0, 16)), /an id of zeros/)
  sound(...field(1, repeat(9, 16)))
})

test('the ids of parents and links are empty or of their length', () => {
  for (const length of [0, 8]) sound(...field(4, repeat(0, length)))
  for (const length of [1, 7, 9, 16])
    unsound(field(4, repeat(1, length)), new RegExp(`Span.parentSpanId .*an id of ${length} bytes`))
  sound(...field(13, []), ...field(13, [...field(1, repeat(0, 16)), ...field(2, repeat(0, 8))]))
  unsound(field(13, field(1, repeat(1, 15))), /Link.traceId .*an id of 15 bytes instead of 16/)
  unsound(field(13, field(2, repeat(1, 7))), /Link.spanId .*an id of 7 bytes instead of 8/)
})

test('text is UTF-8', () => {
  sound(...field(5, 'grün 緑 🟢'))
  const bad = [
    [0x80],
    [0xc3],
    [0xc0, 0x80],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xff],
  ]
  for (const bytes of bad) {
    for (const padding of [0, 1, 3, 4, 9]) {
      unsound(field(5, [...repeat(0x61, padding), ...bytes]), /Span.name at byte \d+: not UTF-8/)
      unsound(field(5, [...repeat(0x61, padding), ...bytes, 0x61]), /not UTF-8/)
    }
    unsound(field(9, field(1, bytes)), /KeyValue.key .*not UTF-8/)
    unsound(field(9, [...field(1, 'k'), ...field(2, field(1, bytes))]), /AnyValue.stringValue .*not UTF-8/)
    unsound(field(15, field(2, bytes)), /Status.message .*not UTF-8/)
    sound(...field(9, [...field(1, 'k'), ...field(2, field(7, bytes))]))
  }
})

test('lengths end inside their message', () => {
  const bytes = request(...ids, ...field(5, 'send'))
  for (const [place, message] of [
    [1, /resourceSpans at byte 2: 39 bytes announced, 38 left/],
    [3, /scopeSpans at byte 4: 37 bytes announced, 36 left/],
    [35, /Span.name at byte 36: 5 bytes announced, 4 left/],
  ] as const) {
    const longer = Uint8Array.from(bytes)
    longer[place] = (longer[place] ?? 0) + 1
    refused(longer, message)
  }
  unsound([0x2a], /Span.name .*a length that is cut short/)
  unsound([0x2a, 0x80], /a length that is cut short/)
  unsound([0x2a, 0xff, 0xff, 0xff, 0xff, 0x07], /2147483647 bytes announced, 0 left/)
  unsound([0x2a, ...repeat(0xff, 9), 1], /18446744073709552000 bytes announced, 0 left/)
})

test('varints have at most ten bytes, and the tenth is 1', () => {
  const unknown = varint(99 * 8)
  sound(...unknown, ...repeat(0x80, 9), 1)
  unsound([...unknown, ...repeat(0x80, 9), 0], /Span.field 99 .*a varint that is cut short or too long/)
  unsound([...unknown, ...repeat(0x80, 9), 2], /too long/)
  unsound([...unknown, ...repeat(0x80, 10), 1], /too long/)
  unsound(unknown, /a varint that is cut short/)
})

test('tags have at most 32 bits and no field number 0', () => {
  sound(...varint(0xffffffff - 7), 1)
  unsound([...varint(0x100000000), 1], /Span at byte \d+: a tag of more than 32 bits/)
  unsound([0xff], /a tag that is cut short/)
  for (const tag of [0, 1, 2, 5]) unsound([tag, 0, 0, 0, 0, 0, 0, 0, 0], /field number 0/)
})

test('known fields have their wire type', () => {
  unsound([5 * 8, 1], /Span.name at byte \d+: wire type 0, which is not the field's/)
  unsound([5 * 8 + 1, ...repeat(0, 8)], /Span.name .*wire type 1/)
  unsound(field(7, repeat(0, 8)), /Span.startTimeUnixNano .*wire type 2/)
  unsound([...varint(16 * 8), 1], /Span.flags .*wire type 0/)
  unsound(field(3, 'x').concat([6 * 8 + 5, 0, 0, 0, 0]), /Span.kind .*wire type 5/)
  unsound([9 * 8, 1], /Span.attributes .*wire type 0/)
})

test('unknown fields are stepped over whatever they hold', () => {
  sound(...varint(99 * 8), 1)
  sound(...varint(99 * 8 + 1), ...repeat(0xff, 8))
  sound(...varint(99 * 8 + 5), ...repeat(0xff, 4))
  sound(...field(99, [0xff, 0xff]))
  sound(...field(31, [0xff]))
  unsound([...varint(99 * 8 + 1), ...repeat(0, 7)], /8 bytes wanted, 7 left/)
  unsound([...varint(99 * 8 + 5), ...repeat(0, 3)], /4 bytes wanted, 3 left/)
})

test('groups and wire types that do not exist are refused', () => {
  for (const number of [5, 30, 99]) {
    unsound([...varint(number * 8 + 3), ...varint(number * 8 + 4)], /a group/)
    unsound(varint(number * 8 + 4), /a group/)
    unsound(varint(number * 8 + 6), /wire type 6, which does not exist/)
    unsound(varint(number * 8 + 7), /wire type 7, which does not exist/)
  }
})

test('numbers fit the type of their field', () => {
  sound(6 * 8, ...varint(0x7fffffff), 10 * 8, ...varint(0xffffffff))
  unsound([6 * 8, ...varint(0x80000000)], /Span.kind .*a number above 2147483647/)
  unsound([6 * 8, ...repeat(0xff, 9), 1], /Span.kind .*a number above/)
  unsound([10 * 8, ...varint(0x100000000)], /Span.droppedAttributesCount .*a number above 4294967295/)
  const truth = (value: number) => field(9, [...field(1, 'k'), ...field(2, [2 * 8, ...varint(value)])])
  sound(...truth(0), ...truth(1))
  unsound(truth(2), /AnyValue.boolValue .*a number above 1/)
})

test('a value is one value', () => {
  const attribute = (...value: number[]) => field(9, [...field(1, 'k'), ...field(2, value)])
  sound(...attribute(), ...attribute(3 * 8, 1), ...field(9, []), ...field(9, field(1, 'k')))
  unsound(attribute(3 * 8, 1, 3 * 8, 1), /AnyValue.intValue .*a second value/)
  unsound(attribute(...field(1, 'a'), ...field(5, [])), /AnyValue.arrayValue .*a second value/)
  unsound(field(9, [...field(2, [3 * 8, 1]), ...field(2, [3 * 8, 1])]), /KeyValue.value .*a second value/)
  // An unknown field is no value.
  sound(...attribute(3 * 8, 1, 8 * 8, 1), ...attribute(8 * 8, 1, 3 * 8, 1))
})

test('attributes of the common form are checked as closely as others', () => {
  const attribute = (value: readonly number[], key: readonly number[] = field(1, 'key')) =>
    field(9, [...key, ...field(2, value)])
  sound(...attribute(field(1, '')), ...attribute(field(1, 'value')), ...attribute([3 * 8, 0]))
  sound(...attribute([3 * 8, ...repeat(0xff, 8), 0x7f]), ...attribute([3 * 8, ...repeat(0xff, 9), 1]))
  unsound(attribute([3 * 8, ...repeat(0xff, 9), 2]), /too long/)
  unsound(attribute([3 * 8, 0xff]), /a varint that is cut short/)
  unsound(attribute([3 * 8]), /a varint that is cut short/)
  unsound(attribute([0x0a, 3, 0x61, 0x61]), /AnyValue.stringValue .*3 bytes announced, 2 left/)
  unsound(attribute([0x0a, 1, 0x61, 0x61]), /AnyValue.field 12 .*8 bytes wanted, 0 left/)
  unsound(attribute(field(1, 'v'), [0x0a, 127, 0x61]), /KeyValue.key .*127 bytes announced/)
  sound(...attribute(field(1, 'v'.repeat(127))), ...attribute(field(1, 'v'.repeat(128))))
  sound(
    ...attribute(field(1, 'v'), field(1, 'k'.repeat(127))),
    ...attribute([3 * 8, 1], field(1, 'k'.repeat(200))),
  )
  sound(...attribute(field(1, 'v'), []), ...attribute([3 * 8, 1], field(1, '')))
})

test('values nest to a depth', () => {
  const list = (depth: number): number[] => (depth === 1 ? [3 * 8, 1] : field(5, field(1, list(depth - 1))))
  const map = (depth: number): number[] =>
    depth === 1 ? [3 * 8, 1] : field(6, field(1, [...field(1, 'k'), ...field(2, map(depth - 1))]))
  for (const nested of [list, map]) {
    sound(...field(9, [...field(1, 'k'), ...field(2, nested(maxValueDepth))]))
    unsound(
      field(9, [...field(1, 'k'), ...field(2, nested(maxValueDepth + 1))]),
      /values nested more than 32 deep/,
    )
  }
  // Depth is not carried over from one value to the next.
  sound(...repeat(0, 40).flatMap(() => field(9, field(2, list(maxValueDepth)))))
})

test('the sound beginning of a torn file ends where a whole request ended', () => {
  const whole = encodeTraces({
    resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16) }] }] }],
  })
  const two = Buffer.concat([whole, whole])
  assert.deepEqual(soundPrefix(two), { bytes: two.length, spans: 2 })
  assert.deepEqual(soundPrefix(two.subarray(0, -1)), { bytes: whole.length, spans: 1 })
  assert.deepEqual(soundPrefix(whole.subarray(0, 1)), { bytes: 0, spans: 0 })
  assert.deepEqual(soundPrefix(Buffer.concat([whole, Buffer.from([0, 0])])), {
    bytes: whole.length,
    spans: 1,
  })
  assert.deepEqual(soundPrefix(Buffer.concat([whole, Buffer.alloc(100)])), { bytes: whole.length, spans: 1 })
  const damaged = Buffer.from(two)
  damaged[whole.length + 6] = 0x0b
  assert.deepEqual(soundPrefix(damaged), { bytes: whole.length, spans: 1 })
})
