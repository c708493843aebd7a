import { ProtobufWriter } from '../protobuf/writer.ts'
import { BinaryWriter } from '../thrift/binary-writer.ts'
import { thriftTypes } from '../thrift/reader.ts'
import type { ThriftWriter } from '../thrift/writer.ts'
import type { ZipkinEndpoint, ZipkinSpan } from './span.ts'
import { zipkinKinds } from './span.ts'
import { stringOf } from './text.ts'
import type { V1Span } from './v1-span.ts'

// For tests and tools. The field numbers stand where the formats are read.

/** Writes a zipkin.proto3.ListOfSpans. */
export function encodeZipkinProtobuf(spans: readonly ZipkinSpan[]): Uint8Array {
  const writer = new ProtobufWriter()
  for (const span of spans) {
    const message = writer.begin(1 * 8 + 2)
    writeProtobufSpan(writer, span)
    writer.end(message)
  }
  return writer.finish()
}

function writeProtobufSpan(writer: ProtobufWriter, span: ZipkinSpan): void {
  writer.hex(1 * 8 + 2, span.traceId)
  if (span.parentId !== undefined) writer.hex(2 * 8 + 2, span.parentId)
  writer.hex(3 * 8 + 2, span.id)
  if (span.kind !== undefined) writer.varint(4 * 8, zipkinKinds.indexOf(span.kind) + 1)
  if (span.name !== undefined) writer.string(5 * 8 + 2, span.name)
  if (span.timestamp !== undefined) writer.fixed64(6 * 8 + 1, BigInt(span.timestamp))
  if (span.duration !== undefined) writer.varint(7 * 8, span.duration)
  if (span.localEndpoint !== undefined) writeProtobufEndpoint(writer, 8 * 8 + 2, span.localEndpoint)
  if (span.remoteEndpoint !== undefined) writeProtobufEndpoint(writer, 9 * 8 + 2, span.remoteEndpoint)
  for (const { timestamp, value } of span.annotations ?? []) {
    const annotation = writer.begin(10 * 8 + 2)
    writer.fixed64(1 * 8 + 1, BigInt(timestamp))
    writer.string(2 * 8 + 2, value)
    writer.end(annotation)
  }
  for (const [key, value] of Object.entries(span.tags ?? {})) {
    const tag = writer.begin(11 * 8 + 2)
    writer.string(1 * 8 + 2, key)
    writer.string(2 * 8 + 2, value)
    writer.end(tag)
  }
  if (span.debug) writer.varint(12 * 8, 1)
  if (span.shared) writer.varint(13 * 8, 1)
}

function writeProtobufEndpoint(writer: ProtobufWriter, tag: number, endpoint: ZipkinEndpoint): void {
  const message = writer.begin(tag)
  if (endpoint.serviceName !== undefined) writer.string(1 * 8 + 2, endpoint.serviceName)
  if (endpoint.ipv4 !== undefined) writer.raw(2 * 8 + 2, Uint8Array.from(endpoint.ipv4.split('.'), Number))
  if (endpoint.ipv6 !== undefined) writer.raw(3 * 8 + 2, ipv6Bytes(endpoint.ipv6))
  if (endpoint.port !== undefined) writer.varint(4 * 8, endpoint.port)
  writer.end(message)
}

/** Writes a list of v1 spans in JSON. */
export function encodeZipkinV1Json(spans: readonly V1Span[]): Uint8Array {
  const hex = (ids: Int32Array): string =>
    [...ids].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
  const list = spans.map(({ ids, binaryAnnotations, position: _, ...span }) => ({
    traceId: hex(ids.subarray(0, 4)),
    id: hex(ids.subarray(4, 6)),
    parentId: hex(ids.subarray(6, 8)),
    ...span,
    binaryAnnotations: binaryAnnotations.map(({ key, value, ...rest }) => ({
      key: stringOf(key),
      value: value === undefined ? true : stringOf(value),
      ...rest,
    })),
  }))
  return Buffer.from(JSON.stringify(list))
}

/** Writes a list of v1 spans in thrift's binary protocol. */
export function encodeZipkinThrift(spans: readonly V1Span[]): Uint8Array {
  const writer = new BinaryWriter()
  writer.structs(0, spans, span => writeThriftSpan(writer, span))
  // A list that stands alone has no head of a field
  return writer.finish().subarray(3)
}

/** Writes the fields of one v1 span, but for the stop. */
export function writeThriftSpan(writer: ThriftWriter, span: V1Span): void {
  const id = (field: number, place: number): void =>
    writer.i64(field, (BigInt(span.ids[place] ?? 0) << 32n) | BigInt((span.ids[place + 1] ?? 0) >>> 0))
  id(1, 2)
  writer.string(3, span.name)
  id(4, 4)
  if ((span.ids[6] ?? 0) !== 0 || (span.ids[7] ?? 0) !== 0) id(5, 6)
  writer.structs(6, span.annotations, ({ timestamp, value, endpoint }) => {
    writer.i64(1, BigInt(timestamp))
    writer.string(2, value)
    if (endpoint !== undefined) writeThriftEndpoint(writer, 3, endpoint)
  })
  writer.structs(8, span.binaryAnnotations, ({ key, value, endpoint }) => {
    writer.string(1, stringOf(key))
    writer.string(2, value === undefined ? Uint8Array.of(1) : stringOf(value))
    writer.i32(3, value === undefined ? 0 : 6)
    if (endpoint !== undefined) writeThriftEndpoint(writer, 4, endpoint)
  })
  if (span.debug) writer.bool(9, true)
  if (span.timestamp !== 0) writer.i64(10, BigInt(span.timestamp))
  if (span.duration !== 0) writer.i64(11, BigInt(span.duration))
  id(12, 0)
}

function writeThriftEndpoint(writer: ThriftWriter, id: number, endpoint: ZipkinEndpoint): void {
  writer.field(id, thriftTypes.struct)
  const [a = 0, b = 0, c = 0, d = 0] = (endpoint.ipv4 ?? '').split('.').map(Number)
  writer.i32(1, (a << 24) | (b << 16) | (c << 8) | d)
  writer.i16(2, ((endpoint.port ?? 0) << 16) >> 16)
  writer.string(3, endpoint.serviceName ?? '')
  if (endpoint.ipv6 !== undefined) writer.string(4, ipv6Bytes(endpoint.ipv6))
  writer.stop()
}

function ipv6Bytes(text: string): Uint8Array {
  const [head = [], tail = []] = text.split('::').map(half => half.split(':').filter(group => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return Buffer.from([...head, ...zeros, ...tail].map(group => group.padStart(4, '0')).join(''), 'hex')
}
