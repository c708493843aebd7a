import { ProtobufWriter } from '../../protobuf/writer.ts'
import type { JaegerBatch, JaegerSpan, JaegerTag } from '../encode.ts'

/**
 * Writes a jaeger.api_v2.PostSpansRequest: for tests, benches and tools. The field numbers stand where it is
 * read, at {@link jaegerPostSpansToOtlp} and below. `incomplete` has no place in it.
 */
export function encodePostSpans({ process, spans }: JaegerBatch): Uint8Array {
  const writer = new ProtobufWriter()
  const batch = writer.begin(1 * 8 + 2)
  for (const span of spans) {
    const message = writer.begin(1 * 8 + 2)
    writer.append(encodeModelSpan(span))
    writer.end(message)
  }
  writeProcess(writer, 2 * 8 + 2, process)
  writer.end(batch)
  return writer.finish()
}

/** Writes a jaeger.api_v2.Span, with a process of its own where one is given. */
export function encodeModelSpan(span: JaegerSpan, process?: JaegerBatch['process']): Uint8Array {
  const writer = new ProtobufWriter()
  writeTraceId(writer, span.traceIdHigh, span.traceIdLow)
  writeSpanId(writer, span.spanId)
  writer.string(3 * 8 + 2, span.operationName)
  const { traceIdHigh, traceIdLow, parentSpanId } = span
  // Here a parent is the first reference.
  const parent = { refType: 'CHILD_OF', traceIdHigh, traceIdLow, spanId: parentSpanId } as const
  for (const reference of [...(parentSpanId === 0n ? [] : [parent]), ...(span.references ?? [])]) {
    const message = writer.begin(4 * 8 + 2)
    writeTraceId(writer, reference.traceIdHigh, reference.traceIdLow)
    writeSpanId(writer, reference.spanId)
    if (reference.refType === 'FOLLOWS_FROM') writer.varint(3 * 8, 1)
    writer.end(message)
  }
  writer.varint(5 * 8, span.flags >>> 0)
  writeMicros(writer, 6 * 8 + 2, span.startTime)
  writeMicros(writer, 7 * 8 + 2, span.duration)
  for (const tag of span.tags ?? []) writeKeyValue(writer, 8 * 8 + 2, tag)
  for (const log of span.logs ?? []) {
    const message = writer.begin(9 * 8 + 2)
    writeMicros(writer, 1 * 8 + 2, log.timestamp)
    for (const field of log.fields) writeKeyValue(writer, 2 * 8 + 2, field)
    writer.end(message)
  }
  if (process) writeProcess(writer, 10 * 8 + 2, process)
  return writer.finish()
}

function writeProcess(writer: ProtobufWriter, fieldTag: number, process: JaegerBatch['process']): void {
  const message = writer.begin(fieldTag)
  writer.string(1 * 8 + 2, process.serviceName)
  for (const tag of process.tags ?? []) writeKeyValue(writer, 2 * 8 + 2, tag)
  writer.end(message)
}

function writeTraceId(writer: ProtobufWriter, high: bigint, low: bigint): void {
  const halves = [high >> 32n, high, low >> 32n, low].map(half => Number(BigInt.asIntN(32, half)))
  const [first = 0, second = 0, third = 0, fourth = 0] = halves
  writer.bytes16(1 * 8 + 2, first, second, third, fourth)
}

function writeSpanId(writer: ProtobufWriter, id: bigint): void {
  writer.bytes8(2 * 8 + 2, Number(BigInt.asIntN(32, id >> 32n)), Number(BigInt.asIntN(32, id)))
}

function writeMicros(writer: ProtobufWriter, fieldTag: number, micros: bigint): void {
  const message = writer.begin(fieldTag)
  writer.varint64(1 * 8, micros / 1_000_000n)
  writer.varint64(2 * 8, (micros % 1_000_000n) * 1000n)
  writer.end(message)
}

function writeKeyValue(writer: ProtobufWriter, fieldTag: number, tag: JaegerTag): void {
  const message = writer.begin(fieldTag)
  writer.string(1 * 8 + 2, tag.key)
  if ('vStr' in tag) writer.string(3 * 8 + 2, tag.vStr)
  else if ('vBool' in tag) {
    writer.varint(2 * 8, 1)
    writer.varint(4 * 8, tag.vBool ? 1 : 0)
  } else if ('vLong' in tag) {
    writer.varint(2 * 8, 2)
    writer.varint64(5 * 8, tag.vLong)
  } else if ('vDouble' in tag) {
    writer.varint(2 * 8, 3)
    writer.double(6 * 8 + 1, tag.vDouble)
  } else {
    writer.varint(2 * 8, 4)
    writer.raw(7 * 8 + 2, tag.vBinary)
  }
  writer.end(message)
}
