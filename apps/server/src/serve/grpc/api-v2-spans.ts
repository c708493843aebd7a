import type { Span } from '@waybill/model'
import { ProtobufWriter } from '@waybill/wire/protobuf'
import type { TracePiece } from '../jaeger/adjust/adjust.ts'
import type { Tag } from '../jaeger/tags.ts'
import type { LegacyProcess, LegacyReference, LegacySpan } from '../jaeger/trace-model.ts'
import { legacyReader } from '../jaeger/trace-model.ts'

/** Spans that one message holds, and bytes after which it is full: clients take 4 MiB unless told otherwise. */
const spansAtOnce = 100
const bytesAtOnce = 1 << 20

/*
 * SpansResponseChunk = spans:1*
 * Span = trace_id:1 span_id:2 operation_name:3 references:4* flags:5 start_time:6 duration:7 tags:8* logs:9*
 *        process:10 warnings:12*
 * A tag is the field's number times 8, and 2 for what has a length.
 */
const chunkSpans = 0x0a
const span = {
  traceId: 0x0a,
  spanId: 0x12,
  operationName: 0x1a,
  references: 0x22,
  flags: 0x28,
  startTime: 0x32,
  duration: 0x3a,
  tags: 0x42,
  logs: 0x4a,
  process: 0x52,
  warnings: 0x62,
} as const

/**
 * Writes spans as jaeger.api_v2.SpansResponseChunk messages: the tags, references and warnings of Jaeger's
 * legacy JSON, times to the nanosecond, and with each span its process, as Jaeger 2.20 sends them. Attributes of
 * links have no place in this form.
 *
 * @param pieces of one trace.
 */
export async function* encodeChunks(
  pieces: AsyncIterable<TracePiece> | Iterable<TracePiece>,
): AsyncGenerator<Uint8Array> {
  const { processes, readSpans } = legacyReader()
  const encoded = new Map<string, Uint8Array>()
  const processOf = (id: string): Uint8Array => {
    const bytes = encoded.get(id) ?? encodeProcess(processes[id])
    encoded.set(id, bytes)
    return bytes
  }
  for await (const piece of pieces) {
    const legacy = readSpans(piece)
    let writer = new ProtobufWriter()
    let count = 0
    for (const [i, one] of piece.spans.entries()) {
      const form = legacy[i]
      if (form === undefined) continue
      writeSpan(writer, one, form, processOf(form.processID))
      count++
      if (count < spansAtOnce && writer.length < bytesAtOnce) continue
      yield writer.finish()
      writer = new ProtobufWriter()
      count = 0
    }
    if (count > 0) yield writer.finish()
  }
}

function writeSpan(writer: ProtobufWriter, stored: Span, form: LegacySpan, process: Uint8Array): void {
  const message = writer.begin(chunkSpans)
  writer.hex(span.traceId, stored.traceId)
  writer.hex(span.spanId, stored.spanId)
  writer.string(span.operationName, stored.name)
  for (const reference of form.references) writeReference(writer, reference)
  if (form.flags !== undefined) writer.varint(span.flags, form.flags)
  const start = BigInt(stored.startTimeUnixNano)
  const end = BigInt(stored.endTimeUnixNano)
  writeTime(writer, span.startTime, start)
  writeTime(writer, span.duration, end > start ? end - start : 0n)
  writeTags(writer, span.tags, form.tags)
  for (const [i, { fields }] of form.logs.entries()) {
    // Log = timestamp:1 fields:2*
    const log = writer.begin(span.logs)
    writeTime(writer, 0x0a, BigInt(stored.events[i]?.timeUnixNano ?? 0))
    writeTags(writer, 0x12, fields)
    writer.end(log)
  }
  writer.raw(span.process, process)
  for (const warning of form.warnings ?? []) writer.string(span.warnings, warning)
  writer.end(message)
}

/** SpanRef = trace_id:1 span_id:2 ref_type:3; ids in full, also where a link names a trace alone: Go's reader wants 8 bytes. */
function writeReference(writer: ProtobufWriter, { refType, traceID, spanID }: LegacyReference): void {
  const message = writer.begin(span.references)
  writer.hex(0x0a, traceID.padStart(32, '0'))
  writer.hex(0x12, spanID.padStart(16, '0'))
  if (refType === 'FOLLOWS_FROM') writer.varint(0x18, 1)
  writer.end(message)
}

/** Timestamp, Duration = seconds:1 nanos:2 */
function writeTime(writer: ProtobufWriter, tag: number, nano: bigint): void {
  const message = writer.begin(tag)
  const seconds = nano / 1_000_000_000n
  const nanos = Number(nano % 1_000_000_000n)
  if (seconds !== 0n) writer.varint64(0x08, seconds)
  if (nanos !== 0) writer.varint(0x10, nanos)
  writer.end(message)
}

/** Process = service_name:1 tags:2* */
function encodeProcess(process: LegacyProcess | undefined): Uint8Array {
  const writer = new ProtobufWriter(256)
  writer.string(0x0a, process?.serviceName ?? '')
  writeTags(writer, 0x12, process?.tags ?? [])
  return writer.finish()
}

/** KeyValue = key:1 v_type:2 v_str:3 v_bool:4 v_int64:5 v_float64:6 v_binary:7; false and a v_type of string are not written. */
function writeTags(writer: ProtobufWriter, tag: number, tags: readonly Tag[]): void {
  for (const { key, type, value } of tags) {
    const message = writer.begin(tag)
    writer.string(0x0a, key)
    switch (type) {
      case 'string':
        writer.string(0x1a, String(value))
        break
      case 'bool':
        writer.varint(0x10, 1)
        if (value === true) writer.varint(0x20, 1)
        break
      case 'int64':
        writer.varint(0x10, 2)
        writer.varint64(0x28, BigInt(value))
        break
      case 'float64':
        writer.varint(0x10, 3)
        writer.double(0x31, Number(value))
        break
      case 'binary':
        writer.varint(0x10, 4)
        writer.raw(0x3a, Buffer.from(String(value), 'base64'))
        break
    }
    writer.end(message)
  }
}
