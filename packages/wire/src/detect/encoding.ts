import { readVarint, valueEnd, varintEnd, viewOf } from '../protobuf/reader.ts'
import { wireTypes } from '../protobuf/schema.ts'

/** The encodings of spans that are found on Kafka, by the names that the OpenTelemetry Collector gives them. */
export type SpanEncoding =
  | 'otlp_proto'
  | 'otlp_json'
  | 'jaeger_proto'
  | 'jaeger_json'
  | 'jaeger_thrift'
  | 'zipkin_proto'
  | 'zipkin_json'
  | 'zipkin_json_v1'
  | 'zipkin_thrift'

const braceOpen = 0x7b
const bracketOpen = 0x5b

/**
 * Tells what a record's value is from its bytes alone, since senders set no header that would say it. No two
 * encodings begin alike for long:
 *
 * ```
 * {"resourceSpans"…           OTLP/JSON                    an object that names resourceSpans
 * {"traceId"…"operationName"… jaeger.api_v2.Span as JSON   an object that does not
 * […                          Zipkin JSON                  v2 where `Endpoint"` or `"tags"` stands in it
 * 0c 00 01 0b 00 01           jaeger.Batch in thrift       its process, and in it the service's name
 * 0c, 0a 00                   Zipkin thrift                a list of structs; a span alone (field 1: i64)
 * 0a …                        protobuf, field 1 of
 *      OTLP TracesData          ResourceSpans: fields 1 to 3, of which 1 is a message
 *      Zipkin ListOfSpans       Span: field 1 of 8 or 16 bytes, field 3 of 8 bytes (its ids), then others
 *      jaeger.api_v2.Span       16 bytes, followed by field 2 of 8 bytes (its ids)
 * ```
 *
 * Zipkin's own collector tells its formats in this way (SpanBytesDecoderDetector), but by the first bytes only.
 * Nothing more than that is looked at: bytes that begin well may still be refused by their codec. White space
 * before JSON is not taken, since a line feed is also the tag of protobuf's field 1.
 *
 * @returns undefined for bytes that are none of these.
 */
export function detectEncoding(bytes: Uint8Array): SpanEncoding | undefined {
  const first = bytes[0]
  if (first === braceOpen) return jsonObject(bytes)
  if (first === bracketOpen) return jsonArray(bytes)
  if (first === 0x0c)
    return jaegerBatchStart.every((byte, index) => bytes[index] === byte) ? 'jaeger_thrift' : 'zipkin_thrift'
  if (first === 0x0a) return bytes[1] === 0 && bytes.length > 2 ? 'zipkin_thrift' : protobuf(bytes)
  return undefined
}

/** Field 1 (process): struct, whose field 1 (serviceName) is a string. */
const jaegerBatchStart = [0x0c, 0x00, 0x01, 0x0b, 0x00, 0x01]

/** How far names are looked for: every encoder writes them long before. */
const namesWithinBytes = 64 * 1024

function jsonObject(bytes: Uint8Array): SpanEncoding {
  const text = beginning(bytes)
  return text.includes('"resourceSpans"') || !text.includes('"operationName"') ? 'otlp_json' : 'jaeger_json'
}

function jsonArray(bytes: Uint8Array): SpanEncoding {
  const text = beginning(bytes)
  if (text.includes('Endpoint"') || text.includes('"tags"')) return 'zipkin_json'
  return text.includes('nnotations"') && text.includes('"endpoint"') ? 'zipkin_json_v1' : 'zipkin_json'
}

function beginning(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, namesWithinBytes))
}

function protobuf(bytes: Uint8Array): SpanEncoding {
  const top = fieldsOf(bytes, 0, bytes.length, 2)
  const [first, second] = top
  if (first === undefined) return 'otlp_proto'
  if (second?.number === 2 && lengthOf(first) === 16 && lengthOf(second) === 8) return 'jaeger_proto'
  return isZipkinSpan(fieldsOf(bytes, first.start, first.end, 4)) ? 'zipkin_proto' : 'otlp_proto'
}

/**
 * Ids come first in every encoder, since fields are written in the order of their numbers: 1, 2 (parent), 3. What is
 * not more than ids is none: a ResourceSpans without spans may have a resource and a schema URL of their lengths.
 */
function isZipkinSpan(fields: readonly Field[]): boolean {
  const traceId = fields.find(({ number }) => number === 1)
  const id = fields.find(({ number }) => number === 3)
  if (traceId === undefined || id === undefined || lengthOf(id) !== 8) return false
  if (!fields.some(({ number }) => number > 3)) return false
  const parent = fields.find(({ number }) => number === 2)
  return [8, 16].includes(lengthOf(traceId)) && (parent === undefined || lengthOf(parent) === 8)
}

interface Field {
  readonly number: number
  readonly wireType: number
  readonly start: number
  readonly end: number
}

/** The bytes of a field that has a length, -1 for another. */
function lengthOf({ wireType, start, end }: Field): number {
  return wireType === wireTypes.length ? end - start : -1
}

/** The first `most` fields of the message between `from` and `to`, as far as it is whole. */
function fieldsOf(bytes: Uint8Array, from: number, to: number, most: number): readonly Field[] {
  const view = viewOf(bytes)
  const fields: Field[] = []
  for (let at = from; at < to && fields.length < most; ) {
    const tag = readVarint(view, at, to)
    const valueStart = varintEnd
    const end = valueStart < 0 ? -1 : valueEnd(view, tag % 8, valueStart, to)
    if (end < 0) break
    let start = valueStart
    if (tag % 8 === wireTypes.length) {
      readVarint(view, valueStart, to)
      start = varintEnd
    }
    fields.push({ number: Math.floor(tag / 8), wireType: tag % 8, start, end })
    at = end
  }
  return fields
}
