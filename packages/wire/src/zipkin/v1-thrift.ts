import { isUtf8 } from '../protobuf/utf8.ts'
import { BinaryReader } from '../thrift/binary.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, thriftTypes } from '../thrift/reader.ts'
import { ipText } from './ip.ts'
import type { ZipkinEndpoint } from './span.ts'
import type { Text } from './text.ts'
import { textOf, utf8String } from './text.ts'
import type { V1Annotation, V1BinaryAnnotation, V1Span } from './v1-span.ts'
import { isAddressKey } from './v1-span.ts'
import { v1SpansToOtlp } from './v1-to-otlp.ts'

/**
 * Turns a list of Zipkin's v1 spans in thrift's binary protocol (zipkin-api, zipkinCore.thrift), as it is posted
 * to /api/v1/spans, into the bytes of an OTLP ExportTraceServiceRequest. One span alone, as some put it into a
 * message of Kafka, is taken as well: it begins with the head of a field, not of a list.
 *
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970.
 * @throws WaybillError BAD_THRIFT that names the fault; `position` is its offset in `bytes`.
 */
export function zipkinThriftToOtlp(bytes: Uint8Array, arrivedMicros: number): Uint8Array {
  return v1SpansToOtlp(readBody(new BinaryReader(bytes)), arrivedMicros, badThrift)
}

function* readBody(reader: BinaryReader): Generator<V1Span> {
  if (reader.bytes[0] === thriftTypes.i64) yield readSpan(reader)
  else yield* readSpans(reader, 'the body')
  reader.finish()
}

function* readSpans(reader: ThriftReader, name: string): Generator<V1Span> {
  const size = reader.list(thriftTypes.struct, name)
  for (let i = 0; i < size; i++) yield readSpan(reader)
}

/**
 * The same for the list that a reader has come to, whichever protocol it reads: Jaeger's agent takes such lists as
 * `emitZipkinBatch`.
 */
export function transcodeZipkinList(reader: ThriftReader, arrivedMicros: number): Uint8Array {
  return v1SpansToOtlp(readSpans(reader, 'spans'), arrivedMicros, badThrift)
}

/**
 *     struct Span { 1: i64 trace_id, 3: string name, 4: i64 id, 5: i64 parent_id, 6: list<Annotation> annotations,
 *                   8: list<BinaryAnnotation> binary_annotations, 9: bool debug, 10: i64 timestamp (µs),
 *                   11: i64 duration (µs), 12: i64 trace_id_high }
 */
function readSpan(reader: ThriftReader): V1Span {
  const { position } = reader
  const ids = new Int32Array(8)
  let name = ''
  let timestamp = 0
  let duration = 0
  let debug = false
  let annotations: readonly V1Annotation[] = []
  let binaryAnnotations: readonly V1BinaryAnnotation[] = []
  reader.enter()
  while (reader.nextField()) {
    const { fieldId } = reader
    const place = idPlaces[fieldId]
    if (place !== undefined) {
      readNumber(reader, 'an id of Span')
      ids[place] = reader.high
      ids[place + 1] = reader.low
    } else if (fieldId === 3) name = readText(reader, 'Span.name')
    else if (fieldId === 6) {
      reader.expect(thriftTypes.list, 'Span.annotations')
      annotations = readStructs(reader, 'Span.annotations', readAnnotation)
    } else if (fieldId === 8) {
      reader.expect(thriftTypes.list, 'Span.binary_annotations')
      binaryAnnotations = readStructs(reader, 'Span.binary_annotations', readBinary)
    } else if (fieldId === 9) {
      reader.expect(thriftTypes.bool, 'Span.debug')
      debug = reader.bool()
    } else if (fieldId === 10) timestamp = Math.max(readNumber(reader, 'Span.timestamp'), 0)
    else if (fieldId === 11) duration = Math.max(readNumber(reader, 'Span.duration'), 0)
    else reader.skip()
  }
  return { ids, name, timestamp, duration, debug, annotations, binaryAnnotations, position }
}

/** Where the ids of a span stand among {@link V1Span.ids}, by the numbers of their fields. */
const idPlaces: Readonly<Record<number, number>> = { 12: 0, 1: 2, 4: 4, 5: 6 }

/**
 *     struct Annotation { 1: i64 timestamp (µs), 2: string value, 3: Endpoint host }
 *
 * @returns undefined where it lacks its time or value: Zipkin's own server steps over those.
 */
function readAnnotation(reader: ThriftReader): V1Annotation | undefined {
  let timestamp = 0
  let value: string | undefined
  let endpoint: ZipkinEndpoint | undefined
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) timestamp = readNumber(reader, 'Annotation.timestamp')
    else if (reader.fieldId === 2) value = readText(reader, 'Annotation.value')
    else if (reader.fieldId === 3) endpoint = readEndpoint(reader, 'Annotation.host')
    else reader.skip()
  }
  if (timestamp === 0 || value === undefined) return undefined
  return { timestamp, value, ...(endpoint && { endpoint }) }
}

/**
 *     struct BinaryAnnotation { 1: string key, 2: binary value, 3: AnnotationType annotation_type,
 *                               4: Endpoint host }
 */
function readBinary(reader: ThriftReader): V1BinaryAnnotation | undefined {
  let key: Text | undefined
  let value: Text | undefined
  let type: number = annotationTypes.bytes
  let endpoint: ZipkinEndpoint | undefined
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) {
      reader.expect(thriftTypes.string, 'BinaryAnnotation.key')
      reader.string('BinaryAnnotation.key')
      key = { bytes: reader.bytes, start: reader.start, end: reader.end }
    } else if (reader.fieldId === 2) {
      reader.expect(thriftTypes.string, 'BinaryAnnotation.value')
      reader.binary()
      value = { bytes: reader.bytes, start: reader.start, end: reader.end }
    } else if (reader.fieldId === 3) {
      reader.expect(thriftTypes.i32, 'BinaryAnnotation.annotation_type')
      type = reader.i32()
    } else if (reader.fieldId === 4) endpoint = readEndpoint(reader, 'BinaryAnnotation.host')
    else reader.skip()
  }
  if (key === undefined || value === undefined) return undefined
  const located = endpoint && { endpoint }
  const isAddress = type === annotationTypes.bool && isAddressKey(key)
  if (!isAddress) return { key, value: valueText(reader.view, value, type), ...located }
  return value.bytes[value.start] === 1 && located ? { key, ...located } : undefined
}

/** Numbers of zipkinCore.thrift's AnnotationType. */
const annotationTypes = { bool: 0, bytes: 1, i16: 2, i32: 3, i64: 4, double: 5, string: 6 } as const

/** A value as text: numbers in decimal, bytes that are no text in base64. */
function valueText(view: DataView, value: Text, type: number): Text {
  const { bytes, start, end } = value
  const length = end - start
  if (type === annotationTypes.bool && length === 1) return textOf(String(bytes[start] !== 0))
  if (type === annotationTypes.i16 && length === 2) return textOf(String(view.getInt16(start)))
  if (type === annotationTypes.i32 && length === 4) return textOf(String(view.getInt32(start)))
  if (type === annotationTypes.i64 && length === 8) return textOf(String(view.getBigInt64(start)))
  if (type === annotationTypes.double && length === 8) return textOf(String(view.getFloat64(start)))
  return isUtf8(view, start, end) ? value : textOf(Buffer.from(bytes.subarray(start, end)).toString('base64'))
}

/** struct Endpoint { 1: i32 ipv4, 2: i16 port, 3: string service_name, 4: binary ipv6 } */
function readEndpoint(reader: ThriftReader, name: string): ZipkinEndpoint {
  reader.expect(thriftTypes.struct, name)
  let serviceName = ''
  let ipv4 = 0
  let port = 0
  let ipv6 = ''
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) {
      reader.expect(thriftTypes.i32, 'Endpoint.ipv4')
      ipv4 = reader.i32()
    } else if (reader.fieldId === 2) {
      reader.expect(thriftTypes.i16, 'Endpoint.port')
      port = reader.i16() & 0xffff
    } else if (reader.fieldId === 3) serviceName = readText(reader, 'Endpoint.service_name')
    else if (reader.fieldId === 4) {
      reader.expect(thriftTypes.string, 'Endpoint.ipv6')
      reader.binary()
      ipv6 = ipText(reader.bytes.subarray(reader.start, reader.end))
    } else reader.skip()
  }
  return endpointOf(serviceName, ipv4, port, ipv6)
}

/** The endpoint that was read last: most annotations of a list have the same one. */
let last = { serviceName: '', ipv4: 0, port: 0, ipv6: '', endpoint: {} as ZipkinEndpoint }

function endpointOf(serviceName: string, ipv4: number, port: number, ipv6: string): ZipkinEndpoint {
  const isLast = last.serviceName === serviceName && last.ipv4 === ipv4 && last.port === port
  if (isLast && last.ipv6 === ipv6) return last.endpoint
  const endpoint = {
    ...(serviceName && { serviceName }),
    ...(ipv4 && { ipv4: `${ipv4 >>> 24}.${(ipv4 >>> 16) & 255}.${(ipv4 >>> 8) & 255}.${ipv4 & 255}` }),
    ...(ipv6 && { ipv6 }),
    ...(port && { port }),
  }
  last = { serviceName, ipv4, port, ipv6, endpoint }
  return endpoint
}

/** Reads a list of structs; of those that say nothing, which may be a byte each, nothing is kept. */
function readStructs<Item>(
  reader: ThriftReader,
  name: string,
  read: (reader: ThriftReader) => Item | undefined,
): readonly Item[] {
  const items: Item[] = []
  const size = reader.list(thriftTypes.struct, name)
  for (let i = 0; i < size; i++) {
    const item = read(reader)
    if (item !== undefined) items.push(item)
  }
  return items
}

/** Reads an i64, exact to 53 bits; its halves are left in the reader. */
function readNumber(reader: ThriftReader, name: string): number {
  reader.expect(thriftTypes.i64, name)
  reader.i64()
  return reader.high * 2 ** 32 + (reader.low >>> 0)
}

function readText(reader: ThriftReader, name: string): string {
  reader.expect(thriftTypes.string, name)
  reader.string(name)
  return utf8String(reader.bytes, reader.start, reader.end)
}
