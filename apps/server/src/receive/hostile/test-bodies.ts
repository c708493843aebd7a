import { nestedMessages, otlpProtobuf, sampleSpan } from '@waybill/wire/samples'
import type { Way } from './test-ways.ts'

/** A body that must be refused, and what its answer has to name. */
export interface HostileBody {
  readonly fault: string
  readonly body: Uint8Array
  readonly reason: RegExp
}

/** How an answer says where the fault lies, or that there is nothing to point at. */
const place = /byte \d+|position \d+|end of JSON|UTF-8|not valid JSON|expected|begins no encoding/
/** Replaced by bytes that are not UTF-8. */
const brokenName = 'br0ken-name'

/** What any format can get wrong. */
export function hostileBodies(way: Way): readonly HostileBody[] {
  const { encode } = way
  const whole = encode([sampleSpan({ tags: {} })])
  return [
    { fault: 'cut short', body: whole.subarray(0, -1), reason: place },
    { fault: 'cut in the middle', body: whole.subarray(0, whole.length / 2), reason: place },
    {
      fault: 'text that is not UTF-8',
      body: replaced(encode([sampleSpan({ name: brokenName })]), brokenName, bytes('c3 28')),
      reason: /UTF-8/,
    },
    { fault: 'a trace id of zeros', body: withId(way, 'traceId'), reason: /zero|without/ },
    { fault: 'a span id of zeros', body: withId(way, 'spanId'), reason: /zero|without/ },
    { fault: 'a web page', body: Buffer.from('<!doctype html><title>404</title>'), reason: place },
    { fault: 'bytes of nothing', body: new Uint8Array(1000).fill(0xff), reason: place },
    ...ofFormat[way.format](whole),
  ]
}

/** Lengths that the bytes do not hold, and nesting without end. */
const ofFormat: Readonly<Record<Way['format'], (whole: Uint8Array) => readonly HostileBody[]>> = {
  protobuf: () => [
    { fault: 'a message of 4 GiB', body: bytes('0a ff ff ff ff 0f'), reason: place },
    { fault: 'a length of 2^63', body: bytes('0a ff ff ff ff ff ff ff ff 7f'), reason: place },
    {
      fault: 'a length that does not end',
      body: bytes('0a ff ff ff ff ff ff ff ff ff ff ff'),
      reason: place,
    },
    { fault: 'a group', body: bytes('0b 0b 0b 0c 0c 0c'), reason: place },
    { fault: 'field number 0', body: bytes('02 00'), reason: place },
    { fault: 'messages in messages', body: nestedMessages([0x0a], 15_000), reason: place },
    // ResourceSpans, Resource, KeyValue and its value, in which lists stand in lists.
    {
      fault: 'values in values',
      body: nestedMessages([0x0a], 3, nestedMessages([0x12], 1, nestedMessages([0x0a, 0x2a], 8_000))),
      reason: place,
    },
  ],
  thrift: whole => [
    { fault: 'a list of 2^31 - 1 structs', body: withListOf(whole, 0x7fffffff), reason: place },
    { fault: 'a list of -1 structs', body: withListOf(whole, -1), reason: place },
    { fault: 'structs in structs', body: structsInStructs(whole), reason: place },
  ],
  json: whole => {
    const start = whole[0] === 0x5b ? '[{"unknown":' : '{"unknown":'
    return [
      { fault: 'lists in lists', body: Buffer.from(start + '['.repeat(60_000)), reason: place },
      { fault: 'objects in objects', body: Buffer.from(start + '{"a":'.repeat(12_000)), reason: place },
      { fault: 'half a number', body: Buffer.from(`${start}1e`), reason: place },
      { fault: 'a text', body: Buffer.from('"spans"'), reason: place },
      { fault: 'white space alone', body: Buffer.from('   '), reason: place },
    ]
  },
}

const compactProtocolId = 0x82

/** The same bytes with another number of spans announced. */
function withListOf(whole: Uint8Array, count: number): Uint8Array {
  const body = Buffer.from(whole)
  if (body[0] === compactProtocolId) {
    // A list of one struct; behind a size of 15 the real one follows as a varint.
    const at = body.indexOf(bytes('19 1c')) + 1
    const size = bytes(count < 0 ? 'fc ff ff ff ff 0f' : 'fc ff ff ff ff 07')
    return Buffer.concat([body.subarray(0, at), size, body.subarray(at + 1)])
  }
  body.writeInt32BE(count, body.indexOf(bytes('0c 00 00 00 01')) + 1)
  return body
}

/** After the head of the format: a field of an unknown number which is a struct, in which the same, and so on. */
function structsInStructs(whole: Uint8Array): Uint8Array {
  const isCompact = whole[0] === compactProtocolId
  const method = 'emitBatch'
  const named = Buffer.from(whole).indexOf(method)
  const listHead = bytes('0c 00 00 00 01')
  const headBytes =
    named >= 0
      ? named + method.length + (isCompact ? 0 : 4)
      : Buffer.from(whole).indexOf(listHead) === 0
        ? listHead.length
        : 0
  const nested = Buffer.concat(new Array<Uint8Array>(15_000).fill(bytes(isCompact ? '9c' : '0c 00 09')))
  return Buffer.concat([whole.subarray(0, headBytes), nested])
}

/** A span one of whose ids is zeros. */
function withId({ encode }: Way, id: 'traceId' | 'spanId'): Uint8Array {
  const sound = sampleSpan()
  const zeros = '0'.repeat(sound[id].length)
  if (encode !== otlpProtobuf) return encode([{ ...sound, [id]: zeros }])
  // The encoder of OTLP would not write it.
  return replaced(encode([sound]), bytes(sound[id]), bytes(zeros))
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

/** The same bytes with `found` overwritten where it first stands. */
function replaced(body: Uint8Array, found: string | Uint8Array, by: Uint8Array): Uint8Array {
  const copy = Buffer.from(body)
  copy.set(by, copy.indexOf(found))
  return copy
}
