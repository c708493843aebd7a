import type { LinkedSpan } from '@waybill/api'
import type { LightSpan, Span, SpanId, Trace, TraceId } from '@waybill/model'
import { compareTimes, elapsedNano } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet, makeBinder } from '../compile/bind.ts'
import type { Bounds, TraceBounds } from './bounds.ts'
import { readBounds, withinBounds } from './bounds.ts'
import type { SpanPiece } from './span-slices.ts'
import { openSpans } from './span-slices.ts'
import { makeNumbering, readLightSpans, readSpan, readSpanRecords, sortRecords } from './stored-spans.ts'

/** A span by its place: trace and id. */
export interface SpanAddress {
  readonly traceId: string
  readonly spanId: string
}

/** Messages of one trace, or spans beside it, that one answer holds. */
const maxSpansBeside = 5000

/** The spans of a trace in the order they started, with their resources and scopes; undefined where none is stored. */
export async function getSpans(reader: Reader, traceId: TraceId): Promise<Trace | undefined> {
  const reading = await openSpans(reader, traceId)
  return reading && collectSpans(traceId, reading.pieces)
}

/** All pieces of a trace in one. */
export async function collectSpans(traceId: TraceId, pieces: AsyncIterable<SpanPiece>): Promise<Trace> {
  const spans: Span[] = []
  let last: SpanPiece | undefined
  for await (const piece of pieces) {
    for (const span of piece.spans) spans.push(span)
    last = piece
  }
  return { traceId, resources: last?.resources ?? [], scopes: last?.scopes ?? [], spans }
}

/**
 * Spans by their addresses, as far as their messages need them, in the order they started; those that are not
 * stored are left out.
 *
 * @param known where they lie; looked up where it is absent.
 */
export async function readSpansAt(
  reader: Reader,
  addresses: readonly SpanAddress[],
  known?: readonly Bounds[],
): Promise<readonly LightSpan[]> {
  const wanted = [...new Map(addresses.map(address => [addressKey(address), address])).values()]
  const list = wanted.slice(0, maxSpansBeside)
  const traceIds = [...new Set(list.map(({ traceId }) => traceId))]
  const bounds = known ?? (await readBounds(reader, traceIds)).flatMap(trace => trace.bounds)
  if (bounds.length === 0 || list.length === 0) return []
  const { bind, parameters } = makeBinder()
  const spanIds = [...new Set(list.map(({ spanId }) => spanId))]
  const found = await readLightSpans(
    reader,
    {
      prewhere: `trace_id IN ${idSet(traceIds, 16, bind)} AND span_id IN ${idSet(spanIds, 8, bind)}`,
      where: withinBounds(bounds, bind),
      limit: maxSpansBeside,
    },
    parameters,
  )
  const keys = new Set(list.map(addressKey))
  return found
    .filter(span => keys.has(addressKey(span)))
    .sort((a, b) => compareTimes(a.startTimeUnixNano, b.startTimeUnixNano))
}

/** The spans of some traces that did something with a message, without their resources. */
export async function readMessageSpans(
  reader: Reader,
  traces: readonly TraceBounds[],
): Promise<readonly Span[]> {
  const bounds = traces.flatMap(trace => trace.bounds)
  if (bounds.length === 0) return []
  const { bind, parameters } = makeBinder()
  const rows = await readSpanRecords(
    reader,
    {
      prewhere: `trace_id IN ${idSet(
        traces.map(trace => trace.traceId),
        16,
        bind,
      )}`,
      where: `operation != '' AND ${withinBounds(bounds, bind)}`,
      limit: maxSpansBeside,
    },
    parameters,
  )
  const ignored = makeNumbering()
  return sortRecords(rows).map(row => readSpan(row, ignored, ignored))
}

/** A span as the other end of a link. */
export function linkedSpanOf(span: LightSpan): LinkedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    service: span.service,
    name: span.name,
    startUnixNano: span.startTimeUnixNano,
    durationNano: elapsedNano(span.startTimeUnixNano, span.endTimeUnixNano),
  }
}

export function addressKey(address: { readonly traceId: string; readonly spanId: SpanId | string }): string {
  return address.traceId + address.spanId
}
