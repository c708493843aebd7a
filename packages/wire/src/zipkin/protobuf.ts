import { badProtobuf, FieldReader } from '../protobuf/field-reader.ts'
import { wireTypes } from '../protobuf/schema.ts'
import { ipText } from './ip.ts'
import type { EndpointParts } from './otlp-spans.ts'
import { clearEndpoint, OtlpSpans, otlpKinds } from './otlp-spans.ts'
import type { Text } from './text.ts'
import { clearText, newText, setText } from './text.ts'

/**
 * Turns a zipkin.proto3.ListOfSpans (zipkin-api, zipkin.proto), as it is posted to /api/v2/spans and reported
 * over gRPC, into the bytes of an OTLP ExportTraceServiceRequest. A list without spans gives no bytes.
 *
 *     ListOfSpans { repeated Span spans = 1 }
 *
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970.
 * @throws WaybillError BAD_PROTOBUF that names the fault; `position` is its offset in `bytes`.
 * @example walkTraces(zipkinProtobufToOtlp(body, Date.now() * 1000)).spans
 */
export function zipkinProtobufToOtlp(bytes: Uint8Array, arrivedMicros: number): Uint8Array {
  const reader = new FieldReader(bytes)
  const spans = new OtlpSpans(arrivedMicros, badProtobuf)
  while (reader.next(bytes.length)) if (reader.fieldId === 1) readSpan(reader, spans)
  return spans.finish()
}

/** By the numbers of zipkin.proto's Span.Kind. */
const kinds = [
  otlpKinds.unspecified,
  otlpKinds.client,
  otlpKinds.server,
  otlpKinds.producer,
  otlpKinds.consumer,
] as const

const key = newText()
const value = newText()

/**
 *     Span { bytes trace_id = 1 (8 or 16); bytes parent_id = 2 (8); bytes id = 3 (8); Kind kind = 4;
 *            string name = 5; fixed64 timestamp = 6 (µs); uint64 duration = 7 (µs);
 *            Endpoint local_endpoint = 8; Endpoint remote_endpoint = 9;
 *            repeated Annotation annotations = 10; map<string, string> tags = 11; bool debug = 12;
 *            bool shared = 13 }
 */
function readSpan(reader: FieldReader, spans: OtlpSpans): void {
  const limit = reader.enter('ListOfSpans.spans')
  const at = reader.position
  spans.begin()
  while (reader.next(limit)) {
    switch (reader.fieldId) {
      case 1:
        readTraceId(reader, spans.ids)
        break
      case 2:
        readId(reader, spans.ids, 6, 'Span.parent_id')
        break
      case 3:
        readId(reader, spans.ids, 4, 'Span.id')
        break
      case 4:
        reader.expect(wireTypes.varint, 'Span.kind')
        spans.kind = kinds[reader.low] ?? otlpKinds.unspecified
        break
      case 5:
        readText(reader, value, 'Span.name')
        spans.name(value)
        break
      case 6:
        reader.expect(wireTypes.fixed64, 'Span.timestamp')
        spans.timestamp = number64(reader)
        break
      case 7:
        reader.expect(wireTypes.varint, 'Span.duration')
        spans.duration = number64(reader)
        break
      case 8:
        readEndpoint(reader, spans.localEndpoint, 'Span.local_endpoint')
        break
      case 9:
        readEndpoint(reader, spans.remoteEndpoint, 'Span.remote_endpoint')
        break
      case 10:
        readAnnotation(reader, spans)
        break
      case 11:
        readTag(reader, spans)
        break
      case 12:
        reader.expect(wireTypes.varint, 'Span.debug')
        spans.debug = (reader.low | reader.high) !== 0
        break
      case 13:
        reader.expect(wireTypes.varint, 'Span.shared')
        spans.shared = (reader.low | reader.high) !== 0
        break
    }
  }
  spans.end(at)
}

function readTraceId(reader: FieldReader, ids: Int32Array): void {
  const name = 'Span.trace_id'
  reader.expect(wireTypes.length, name)
  const isShort = reader.end - reader.start === 8
  if (!isShort) reader.bytesOf(16, name)
  for (let word = 0; word < 4; word++)
    ids[word] = isShort && word < 2 ? 0 : reader.view.getInt32(reader.end - 16 + word * 4)
}

function readId(reader: FieldReader, ids: Int32Array, word: number, name: string): void {
  reader.expect(wireTypes.length, name)
  // Some encoders write a root's parent as no bytes
  if (reader.end === reader.start && word === 6) return
  reader.bytesOf(8, name)
  ids[word] = reader.view.getInt32(reader.start)
  ids[word + 1] = reader.view.getInt32(reader.start + 4)
}

/** Endpoint { string service_name = 1; bytes ipv4 = 2 (4); bytes ipv6 = 3 (16); int32 port = 4 } */
function readEndpoint(reader: FieldReader, endpoint: EndpointParts, name: string): void {
  const limit = reader.enter(name)
  clearEndpoint(endpoint)
  while (reader.next(limit)) {
    if (reader.fieldId === 1) readText(reader, endpoint.service, 'Endpoint.service_name')
    else if (reader.fieldId === 2) readIp(reader, endpoint.ipv4, 4, 'Endpoint.ipv4')
    else if (reader.fieldId === 3) readIp(reader, endpoint.ipv6, 16, 'Endpoint.ipv6')
    else if (reader.fieldId === 4) {
      reader.expect(wireTypes.varint, 'Endpoint.port')
      if (reader.low > 65_535) throw badProtobuf(`Endpoint.port is ${reader.low}`, reader.position)
      endpoint.port = Math.max(reader.low, 0)
    }
  }
}

function readIp(reader: FieldReader, text: Text, length: number, name: string): void {
  reader.expect(wireTypes.length, name)
  clearText(text)
  if (reader.end === reader.start) return
  reader.bytesOf(length, name)
  setText(text, ipText(reader.bytes.subarray(reader.start, reader.end)))
}

/** Annotation { fixed64 timestamp = 1 (µs); string value = 2 } */
function readAnnotation(reader: FieldReader, spans: OtlpSpans): void {
  const limit = reader.enter('Span.annotations')
  const at = reader.position
  let timestamp = 0
  clearText(value)
  while (reader.next(limit)) {
    if (reader.fieldId === 1) {
      reader.expect(wireTypes.fixed64, 'Annotation.timestamp')
      timestamp = number64(reader)
    } else if (reader.fieldId === 2) readText(reader, value, 'Annotation.value')
  }
  spans.annotation(timestamp, value, at)
}

/** An entry of the map: { string key = 1; string value = 2 } */
function readTag(reader: FieldReader, spans: OtlpSpans): void {
  const limit = reader.enter('Span.tags')
  clearText(key)
  clearText(value)
  while (reader.next(limit)) {
    if (reader.fieldId === 1) readText(reader, key, 'Span.tags.key')
    else if (reader.fieldId === 2) readText(reader, value, 'Span.tags.value')
  }
  spans.tag(key, value)
}

function readText(reader: FieldReader, text: Text, name: string): void {
  reader.string(name)
  text.bytes = reader.bytes
  text.start = reader.start
  text.end = reader.end
}

/** A number of 64 bits with its sign, exact to 53 bits. */
function number64({ high, low }: FieldReader): number {
  return high * 2 ** 32 + (low >>> 0)
}
