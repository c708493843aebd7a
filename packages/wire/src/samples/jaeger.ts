import { encodeModelSpan, encodePostSpans } from '../jaeger/api-v2/encode.ts'
import type { JaegerBatch, JaegerSpan } from '../jaeger/encode.ts'
import { encodeEmitBatch, encodeJaegerBatch } from '../jaeger/encode.ts'
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

/** A jaeger.api_v2.PostSpansRequest, as port 14250 takes it. */
export function jaegerProtobuf(spans: readonly SampleSpan[]): Uint8Array {
  return encodePostSpans(batchOf(spans))
}

/** A jaeger.api_v2.Span with its process in itself, as a record of a topic has it. */
export function jaegerSpanProtobuf(span: SampleSpan): Uint8Array {
  const { process, spans } = batchOf([span])
  return encodeModelSpan(spans[0] as JaegerSpan, process)
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
