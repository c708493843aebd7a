import type { ProtobufWriter } from '../protobuf/writer.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, thriftTypes } from '../thrift/reader.ts'
import { writeText } from './tag.ts'

/** An int64 in two halves, each an int32. */
export interface Int64 {
  high: number
  low: number
}

/** The identity of a span: a trace id of 128 bits in two numbers, and its own. */
export interface SpanIds {
  readonly traceHigh: Int64
  readonly traceLow: Int64
  readonly spanId: Int64
}

export interface Reference extends SpanIds {
  readonly childOf: boolean
}

export function newIds(): SpanIds {
  return {
    traceHigh: { high: 0, low: 0 },
    traceLow: { high: 0, low: 0 },
    spanId: { high: 0, low: 0 },
  }
}

/** Reads an i64 field into `target`. */
export function readInt64(reader: ThriftReader, target: Int64, name: string): void {
  reader.expect(thriftTypes.i64, name)
  reader.i64()
  target.high = reader.high
  target.low = reader.low
}

export function isZero(value: Int64): boolean {
  return (value.high | value.low) === 0
}

/**
 * Reads the list of a span's references:
 *
 *     struct SpanRef { 1: required SpanRefType refType, 2: required i64 traceIdLow,
 *                      3: required i64 traceIdHigh, 4: required i64 spanId }
 *     enum SpanRefType { CHILD_OF, FOLLOWS_FROM }
 */
export function readReferences(reader: ThriftReader): readonly Reference[] {
  const references: Reference[] = []
  const size = reader.list(thriftTypes.struct, 'Span.references')
  for (let i = 0; i < size; i++) references.push(readReference(reader))
  return references
}

function readReference(reader: ThriftReader): Reference {
  const at = reader.position
  const ids = newIds()
  let type = 0
  let seen = 0
  reader.enter()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1:
        reader.expect(thriftTypes.i32, 'SpanRef.refType')
        type = reader.i32()
        break
      case 2:
        readInt64(reader, ids.traceLow, 'SpanRef.traceIdLow')
        break
      case 3:
        readInt64(reader, ids.traceHigh, 'SpanRef.traceIdHigh')
        break
      case 4:
        readInt64(reader, ids.spanId, 'SpanRef.spanId')
        break
      default:
        reader.skip()
        continue
    }
    seen |= 1 << reader.fieldId
  }
  if (seen !== 0b11110) throw badThrift('a SpanRef without all of its four fields', at)
  if (type !== 0 && type !== 1) throw badThrift(`${type} is no SpanRefType`, at)
  return { childOf: type === 0, ...ids }
}

/**
 * The parent of a span that names none itself: the first span of the same trace that it is a child of, else
 * the first that it follows from.
 */
export function parentOf(references: readonly Reference[], span: SpanIds): Int64 | undefined {
  const inTrace = references.filter(reference => sameTrace(reference, span))
  return (inTrace.find(reference => reference.childOf) ?? inTrace[0])?.spanId
}

function sameTrace(a: SpanIds, b: SpanIds): boolean {
  return equal(a.traceHigh, b.traceHigh) && equal(a.traceLow, b.traceLow)
}

function equal(a: Int64, b: Int64): boolean {
  return a.high === b.high && a.low === b.low
}

/**
 * Writes references as links (Span.links = 13), each with the attribute opentracing.ref_type of the
 * semantic conventions. Left out is the CHILD_OF that says no more than the parent's id does.
 */
export function writeLinks(
  writer: ProtobufWriter,
  references: readonly Reference[],
  span: SpanIds,
  parent: Int64 | undefined,
): void {
  for (const reference of references) {
    const { childOf, traceHigh, traceLow, spanId } = reference
    if (childOf && parent && equal(spanId, parent) && sameTrace(reference, span)) continue
    const link = writer.begin(13 * 8 + 2)
    writer.bytes16(1 * 8 + 2, traceHigh.high, traceHigh.low, traceLow.high, traceLow.low)
    writer.bytes8(2 * 8 + 2, spanId.high, spanId.low)
    writeText(writer, 4 * 8 + 2, 'opentracing.ref_type', childOf ? 'child_of' : 'follows_from')
    writer.end(link)
  }
}
