import type { SpanContext } from '@opentelemetry/api'
import { SpanStatusCode } from '@opentelemetry/api'
import type { ProtobufWriter } from '@waybill/wire/protobuf'
import type { SpanData, SpanEventData, SpanLinkData } from '../span-data.ts'
import { writeAttributes } from './attributes.ts'

/*
 * opentelemetry/proto/trace/v1/trace.proto. A tag is the field's number times 8 plus the wire type: 0 varint,
 * 1 eight bytes, 2 with a length, 5 four bytes.
 *
 * Span { 1 trace_id, 2 span_id, 3 trace_state, 4 parent_span_id, 5 name, 6 kind, 7 start_time_unix_nano,
 *        8 end_time_unix_nano, 9 attributes, 10 dropped_attributes_count, 11 events, 12 dropped_events_count,
 *        13 links, 14 dropped_links_count, 15 status { 2 message, 3 code }, 16 flags }
 * Event { 1 time_unix_nano, 2 name, 3 attributes, 4 dropped_attributes_count }
 * Link { 1 trace_id, 2 span_id, 3 trace_state, 4 attributes, 5 dropped_attributes_count, 6 flags }
 */
const span = 2 * 8 + 2
const event = 11 * 8 + 2
const link = 13 * 8 + 2

/** Bits 8 and 9 of a span's or a link's flags: whether the parent is remote, and that this is known. */
const remoteKnown = 0x100
const isRemote = 0x200

/** Writes a span as a field `spans` of a ScopeSpans. */
export function writeSpan(writer: ProtobufWriter, data: SpanData): void {
  const { traceId, spanId, traceFlags, traceState } = data.spanContext()
  const start = writer.begin(span)
  writer.hex(1 * 8 + 2, traceId)
  writer.hex(2 * 8 + 2, spanId)
  if (traceState !== undefined) writer.string(3 * 8 + 2, traceState.serialize())
  if (data.parent !== undefined) writer.hex(4 * 8 + 2, data.parent.spanId)
  writer.string(5 * 8 + 2, data.name)
  // The API counts kinds from 0, internal; the protocol keeps 0 for unspecified.
  writer.varint(6 * 8, data.kind + 1)
  writeTime(writer, 7 * 8 + 1, data.startMs)
  writeTime(writer, 8 * 8 + 1, data.endMs)
  writeAttributes(writer, 9 * 8 + 2, data.attributeList)
  writeCount(writer, 10 * 8, data.attributeList.dropped)
  for (const one of data.events) writeEvent(writer, one)
  writeCount(writer, 12 * 8, data.droppedEvents)
  for (const one of data.links) writeLink(writer, one)
  writeCount(writer, 14 * 8, data.droppedLinks)
  writeStatus(writer, data)
  writer.fixed32(16 * 8 + 5, flagsOf(traceFlags, data.parent))
  writer.end(start)
}

function writeEvent(writer: ProtobufWriter, { name, timeMs, attributes }: SpanEventData): void {
  const start = writer.begin(event)
  writeTime(writer, 1 * 8 + 1, timeMs)
  writer.string(2 * 8 + 2, name)
  writeAttributes(writer, 3 * 8 + 2, attributes)
  writeCount(writer, 4 * 8, attributes.dropped)
  writer.end(start)
}

function writeLink(writer: ProtobufWriter, { context, attributes }: SpanLinkData): void {
  const start = writer.begin(link)
  writer.hex(1 * 8 + 2, context.traceId)
  writer.hex(2 * 8 + 2, context.spanId)
  if (context.traceState !== undefined) writer.string(3 * 8 + 2, context.traceState.serialize())
  writeAttributes(writer, 4 * 8 + 2, attributes)
  writeCount(writer, 5 * 8, attributes.dropped)
  writer.fixed32(6 * 8 + 5, flagsOf(context.traceFlags, context))
  writer.end(start)
}

/** The API's codes are 0 unset, 1 ok, 2 error, and so are the protocol's. */
function writeStatus(writer: ProtobufWriter, { status }: SpanData): void {
  if (status.code === SpanStatusCode.UNSET) return
  const start = writer.begin(15 * 8 + 2)
  if (status.message !== undefined) writer.string(2 * 8 + 2, status.message)
  writer.varint(3 * 8, status.code)
  writer.end(start)
}

function flagsOf(traceFlags: number, other: SpanContext | undefined): number {
  return traceFlags | remoteKnown | (other?.isRemote === true ? isRemote : 0)
}

function writeCount(writer: ProtobufWriter, tag: number, count: number): void {
  if (count > 0) writer.varint(tag, count)
}

const word = 2 ** 32

/**
 * A time as nanoseconds in 64 bits. Microseconds fit into a double, nanoseconds do not: their two halves are
 * made from those of the microseconds.
 */
function writeTime(writer: ProtobufWriter, tag: number, unixMs: number): void {
  const micros = Math.max(0, Math.round(unixMs * 1000))
  const low = (micros % word) * 1000
  const high = Math.floor(micros / word) * 1000 + Math.floor(low / word)
  writer.fixed64Halves(tag, high | 0, (low % word) | 0)
}
