import { BinaryWriter } from '../thrift/binary-writer.ts'
import { CompactWriter } from '../thrift/compact-writer.ts'
import { messageTypes, thriftTypes } from '../thrift/reader.ts'
import type { ThriftWriter } from '../thrift/writer.ts'
import { tagTypes } from './tag.ts'

/** A tag by the field of jaeger.thrift's Tag that holds its value. */
export type JaegerTag = { readonly key: string } & (
  | { readonly vStr: string }
  | { readonly vDouble: number }
  | { readonly vBool: boolean }
  | { readonly vLong: bigint }
  | { readonly vBinary: Uint8Array }
)

export interface JaegerReference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM'
  readonly traceIdLow: bigint
  readonly traceIdHigh: bigint
  readonly spanId: bigint
}

/** jaeger.thrift's Span; times are microseconds. */
export interface JaegerSpan {
  readonly traceIdLow: bigint
  readonly traceIdHigh: bigint
  readonly spanId: bigint
  readonly parentSpanId: bigint
  readonly operationName: string
  readonly references?: readonly JaegerReference[]
  readonly flags: number
  readonly startTime: bigint
  readonly duration: bigint
  readonly tags?: readonly JaegerTag[]
  readonly logs?: readonly { readonly timestamp: bigint; readonly fields: readonly JaegerTag[] }[]
  readonly incomplete?: boolean
}

export interface JaegerBatch {
  readonly process: { readonly serviceName: string; readonly tags?: readonly JaegerTag[] }
  readonly spans: readonly JaegerSpan[]
}

/**
 * Writes a jaeger.Batch in thrift's binary protocol, as Jaeger's clients do: for tests, benches and tools.
 * The field numbers stand where the batch is read, at {@link jaegerThriftToOtlp} and below.
 */
export function encodeJaegerBatch(batch: JaegerBatch): Uint8Array {
  const writer = new BinaryWriter()
  writeBatch(writer, batch)
  return writer.finish()
}

/** Writes a call of emitBatch (jaeger-idl, thrift/agent.thrift), as Jaeger's clients send it by UDP. */
export function encodeEmitBatch(batch: JaegerBatch, protocol: 'binary' | 'compact'): Uint8Array {
  const writer = protocol === 'binary' ? new BinaryWriter() : new CompactWriter()
  writer.message('emitBatch', messageTypes.oneway)
  writer.field(1, thriftTypes.struct)
  writeBatch(writer, batch)
  writer.stop()
  return writer.finish()
}

function writeBatch(writer: ThriftWriter, { process, spans }: JaegerBatch): void {
  writer.field(1, thriftTypes.struct)
  writer.string(1, process.serviceName)
  if (process.tags) writeTags(writer, 2, process.tags)
  writer.stop()
  writer.structs(2, spans, span => writeSpan(writer, span))
  writer.stop()
}

function writeSpan(writer: ThriftWriter, span: JaegerSpan): void {
  writer.i64(1, span.traceIdLow)
  writer.i64(2, span.traceIdHigh)
  writer.i64(3, span.spanId)
  writer.i64(4, span.parentSpanId)
  writer.string(5, span.operationName)
  if (span.references) {
    writer.structs(6, span.references, reference => {
      writer.i32(1, reference.refType === 'CHILD_OF' ? 0 : 1)
      writer.i64(2, reference.traceIdLow)
      writer.i64(3, reference.traceIdHigh)
      writer.i64(4, reference.spanId)
    })
  }
  writer.i32(7, span.flags)
  writer.i64(8, span.startTime)
  writer.i64(9, span.duration)
  if (span.tags) writeTags(writer, 10, span.tags)
  if (span.logs) {
    writer.structs(11, span.logs, log => {
      writer.i64(1, log.timestamp)
      writeTags(writer, 2, log.fields)
    })
  }
  if (span.incomplete !== undefined) writer.bool(12, span.incomplete)
}

function writeTags(writer: ThriftWriter, id: number, tags: readonly JaegerTag[]): void {
  writer.structs(id, tags, tag => {
    writer.string(1, tag.key)
    if ('vStr' in tag) {
      writer.i32(2, tagTypes.string)
      writer.string(3, tag.vStr)
    } else if ('vDouble' in tag) {
      writer.i32(2, tagTypes.double)
      writer.double(4, tag.vDouble)
    } else if ('vBool' in tag) {
      writer.i32(2, tagTypes.bool)
      writer.bool(5, tag.vBool)
    } else if ('vLong' in tag) {
      writer.i32(2, tagTypes.long)
      writer.i64(6, tag.vLong)
    } else {
      writer.i32(2, tagTypes.binary)
      writer.string(7, tag.vBinary)
    }
  })
}
