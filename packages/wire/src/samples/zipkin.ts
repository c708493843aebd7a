import { ProtobufWriter } from '../protobuf/writer.ts'
import { BinaryWriter } from '../thrift/binary-writer.ts'
import { thriftTypes } from '../thrift/reader.ts'
import type { SampleSpan } from './spans.ts'
import { sampleService } from './spans.ts'

const parentOf = ({ parentSpanId }: SampleSpan): string | undefined =>
  /^0+$/.test(parentSpanId) ? undefined : parentSpanId
const endpoint = { serviceName: sampleService, ipv4: '10.0.0.7' }

/** A list of v2 spans in JSON. */
export function zipkinJson(spans: readonly SampleSpan[]): Uint8Array {
  const list = spans.map(span => ({
    traceId: span.traceId,
    parentId: parentOf(span),
    id: span.spanId,
    kind: span.kind.toUpperCase(),
    name: span.name,
    timestamp: Number(span.startMicros),
    duration: Number(span.durationMicros),
    localEndpoint: endpoint,
    tags: Object.fromEntries(Object.entries(span.tags).map(([key, value]) => [key, String(value)])),
  }))
  return Buffer.from(JSON.stringify(list))
}

/** The annotation that tells a kind in v1: message sent, message received. */
const annotations = { producer: 'ms', consumer: 'mr' } as const

/** A list of v1 spans in JSON. */
export function zipkinJsonV1(spans: readonly SampleSpan[]): Uint8Array {
  const list = spans.map(span => ({
    traceId: span.traceId,
    parentId: parentOf(span),
    id: span.spanId,
    name: span.name,
    timestamp: Number(span.startMicros),
    duration: Number(span.durationMicros),
    annotations: [{ timestamp: Number(span.startMicros), value: annotations[span.kind], endpoint }],
    binaryAnnotations: Object.entries(span.tags).map(([key, value]) => ({
      key,
      value: String(value),
      endpoint,
    })),
  }))
  return Buffer.from(JSON.stringify(list))
}

/** What the head of a field takes, which a list that stands alone does without. */
const fieldHeadBytes = 3

/** A list of v1 spans in thrift's binary protocol (zipkinCore.thrift). */
export function zipkinThrift(spans: readonly SampleSpan[]): Uint8Array {
  const writer = new BinaryWriter()
  const int64 = (id: number, hex: string): void => writer.i64(id, BigInt(`0x${hex}`))
  const host = (id: number): void => {
    writer.field(id, thriftTypes.struct)
    writer.i32(1, 0x0a000007)
    writer.string(3, sampleService)
    writer.stop()
  }
  writer.structs(0, spans, span => {
    int64(1, span.traceId.slice(16))
    writer.string(3, span.name)
    int64(4, span.spanId)
    const parent = parentOf(span)
    if (parent !== undefined) int64(5, parent)
    writer.structs(6, [annotations[span.kind]], value => {
      writer.i64(1, span.startMicros)
      writer.string(2, value)
      host(3)
    })
    writer.structs(8, Object.entries(span.tags), ([key, value]) => {
      writer.string(1, key)
      writer.string(2, String(value))
      writer.i32(3, 6)
      host(4)
    })
    writer.i64(10, span.startMicros)
    writer.i64(11, span.durationMicros)
    int64(12, span.traceId.slice(0, 16))
  })
  return writer.finish().subarray(fieldHeadBytes)
}

const message = (number: number): number => (number << 3) | 2

/** zipkin.proto3.ListOfSpans: spans = 1 (zipkin-api, zipkin.proto). */
export function zipkinProtobuf(spans: readonly SampleSpan[]): Uint8Array {
  const writer = new ProtobufWriter()
  for (const span of spans) {
    const start = writer.begin(message(1))
    writer.hex(message(1), span.traceId)
    const parent = parentOf(span)
    if (parent !== undefined) writer.hex(message(2), parent)
    writer.hex(message(3), span.spanId)
    writer.varint(4 << 3, span.kind === 'producer' ? 3 : 4)
    writer.string(message(5), span.name)
    writer.fixed64((6 << 3) | 1, span.startMicros)
    writer.varint64(7 << 3, span.durationMicros)
    const local = writer.begin(message(8))
    writer.string(message(1), sampleService)
    writer.hex(message(2), '0a000007')
    writer.end(local)
    for (const [key, value] of Object.entries(span.tags)) {
      const tag = writer.begin(message(11))
      writer.string(message(1), key)
      writer.string(message(2), String(value))
      writer.end(tag)
    }
    writer.end(start)
  }
  return writer.finish()
}
