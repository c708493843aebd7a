import type { JaegerBatch } from '../jaeger/encode.ts'
import { encodeEmitBatch, encodeJaegerBatch } from '../jaeger/encode.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import type { SampleSpan } from './spans.ts'
import { sampleService } from './spans.ts'

const int64 = (hex: string): bigint => BigInt.asIntN(64, BigInt(`0x${hex}`))

function batchOf(spans: readonly SampleSpan[]): JaegerBatch {
  return {
    process: { serviceName: sampleService },
    spans: spans.map(({ traceId, spanId, parentSpanId, name, kind, startMicros, durationMicros, tags }) => ({
      traceIdLow: int64(traceId.slice(16)),
      traceIdHigh: int64(traceId.slice(0, 16)),
      spanId: int64(spanId),
      parentSpanId: int64(parentSpanId),
      operationName: name,
      flags: 1,
      startTime: startMicros,
      duration: durationMicros,
      tags: [
        { key: 'span.kind', vStr: kind },
        ...Object.entries(tags).map(([key, value]) =>
          typeof value === 'string' ? { key, vStr: value } : { key, vLong: BigInt(value) },
        ),
      ],
    })),
  }
}

/** A jaeger.Batch in thrift's binary protocol, as port 14268 takes it. */
export function jaegerThrift(spans: readonly SampleSpan[]): Uint8Array {
  return encodeJaegerBatch(batchOf(spans))
}

/** Agent.emitBatch in thrift's compact protocol, as port 6831 takes it. */
export function jaegerCompact(spans: readonly SampleSpan[]): Uint8Array {
  return encodeEmitBatch(batchOf(spans), 'compact')
}

/** Agent.emitBatch in thrift's binary protocol, as port 6832 takes it. */
export function jaegerBinary(spans: readonly SampleSpan[]): Uint8Array {
  return encodeEmitBatch(batchOf(spans), 'binary')
}

const message = (number: number): number => (number << 3) | 2
const varint = (number: number): number => number << 3

/** A jaeger.api_v2.PostSpansRequest: batch = 1, in which spans = 1, process = 2 (jaeger-idl, proto/api_v2). */
export function jaegerProtobuf(spans: readonly SampleSpan[]): Uint8Array {
  const writer = new ProtobufWriter()
  const batch = writer.begin(message(1))
  for (const span of spans) {
    const start = writer.begin(message(1))
    writeSpan(writer, span)
    writer.end(start)
  }
  writeProcess(writer, 2)
  writer.end(batch)
  return writer.finish()
}

/** A jaeger.api_v2.Span with its process in itself, as a record of a topic has it. */
export function jaegerSpanProtobuf(span: SampleSpan): Uint8Array {
  const writer = new ProtobufWriter()
  writeSpan(writer, span)
  writeProcess(writer, 10)
  return writer.finish()
}

function writeSpan(writer: ProtobufWriter, span: SampleSpan): void {
  writer.hex(message(1), span.traceId)
  writer.hex(message(2), span.spanId)
  writer.string(message(3), span.name)
  if (!/^0+$/.test(span.parentSpanId)) {
    const reference = writer.begin(message(4))
    writer.hex(message(1), span.traceId)
    writer.hex(message(2), span.parentSpanId)
    writer.end(reference)
  }
  writer.varint(varint(5), 1)
  writeInstant(writer, 6, span.startMicros)
  writeInstant(writer, 7, span.durationMicros)
  writeTag(writer, 'span.kind', span.kind)
  for (const [key, value] of Object.entries(span.tags)) writeTag(writer, key, value)
}

function writeInstant(writer: ProtobufWriter, number: number, micros: bigint): void {
  const start = writer.begin(message(number))
  writer.varint64(varint(1), micros / 1_000_000n)
  writer.varint(varint(2), Number(micros % 1_000_000n) * 1000)
  writer.end(start)
}

function writeTag(writer: ProtobufWriter, key: string, value: string | number): void {
  const start = writer.begin(message(8))
  writer.string(message(1), key)
  if (typeof value === 'string') writer.string(message(3), value)
  else {
    writer.varint(varint(2), 2)
    writer.varint(varint(5), value)
  }
  writer.end(start)
}

function writeProcess(writer: ProtobufWriter, number: number): void {
  const start = writer.begin(message(number))
  writer.string(message(1), sampleService)
  writer.end(start)
}

/** A jaeger.api_v2.Span by proto3's JSON mapping, as a record of a topic has it. */
export function jaegerSpanJson(span: SampleSpan): Uint8Array {
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')
  const micros = String(span.startMicros % 1_000_000n).padStart(6, '0')
  const seconds = new Date(Number(span.startMicros / 1_000_000n) * 1000).toISOString().slice(0, 19)
  const tags = Object.entries(span.tags).map(([key, value]) =>
    typeof value === 'string' ? { key, vStr: value } : { key, vType: 'INT64', vInt64: String(value) },
  )
  return Buffer.from(
    JSON.stringify({
      traceId: base64(span.traceId),
      spanId: base64(span.spanId),
      operationName: span.name,
      flags: 1,
      startTime: `${seconds}.${micros}Z`,
      duration: `${Number(span.durationMicros) / 1e6}s`,
      tags: [{ key: 'span.kind', vStr: span.kind }, ...tags],
      process: { serviceName: sampleService },
    }),
  )
}
