import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Resource, Scope, Span, TraceId } from '@waybill/model'
import { compareTimes } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { makeBinder } from '../compile/bind.ts'
import type { Bounds, TraceBounds } from './bounds.ts'
import { readBounds, withinBounds } from './bounds.ts'
import { readResources, readScopes } from './stored-resources.ts'
import type { SpanRecord } from './stored-spans.ts'
import { makeNumbering, readSpan, readSpanRecords, sortRecords } from './stored-spans.ts'

/** Some spans of a trace, after those of the pieces before. */
export interface SpanPiece {
  readonly spans: readonly Span[]
  /** What the spans of this piece and of those before name, by place; longer with the next piece. */
  readonly resources: readonly Resource[]
  readonly scopes: readonly Scope[]
}

/** A trace whose first spans are read. */
export interface SpanReading {
  readonly traceId: TraceId
  readonly bounds: readonly Bounds[]
  /** Whether all spans are in one piece. */
  readonly isWhole: boolean
  /** All spans in the order they started. The store reads one piece ahead, and no more once the loop is left. */
  readonly pieces: AsyncIterable<SpanPiece>
}

/** A trace of so many spans is read at once. */
const mostAtOnce = 1000
/**
 * Spans of a slice: few enough that to parse them does not hold up other requests, enough that the statements
 * themselves cost less than the spans. The first slice is smaller, so that it is soon there.
 */
const spansOfSlice = 2000
const spansOfFirst = 500
/** Spans that are made of rows in one turn of the event loop. */
const spansOfTurn = 500

/**
 * Opens a trace for reading. A large one is read with one short statement after the other, each for the spans
 * that started between two times: whatever the trace's size and however slow its reader, neither memory nor
 * a session of the store is held for long.
 *
 * @returns undefined where nothing of the trace is stored.
 */
export async function openSpans(reader: Reader, traceId: TraceId): Promise<SpanReading | undefined> {
  const [found] = await readBounds(reader, [traceId])
  return found && openSpansWithin(reader, traceId, found)
}

/** As {@link openSpans}, where it is known where the trace lies. */
export async function openSpansWithin(
  reader: Reader,
  traceId: TraceId,
  found: TraceBounds,
): Promise<SpanReading | undefined> {
  const { bounds } = found
  const isWhole = found.spans <= mostAtOnce
  const slices = isWhole ? [{ bounds }] : await findSlices(reader, found)
  const pieces = readPieces(reader, traceId, slices)
  const first = await pieces.next()
  if (first.done === true || first.value.spans.length === 0) return undefined
  return { traceId, bounds, isWhole, pieces: withFirst(first.value, pieces) }
}

async function* withFirst(first: SpanPiece, rest: AsyncGenerator<SpanPiece>): AsyncGenerator<SpanPiece> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

async function* readPieces(
  reader: Reader,
  traceId: TraceId,
  slices: readonly Slice[],
): AsyncGenerator<SpanPiece> {
  const resources: Resource[] = []
  const scopes: Scope[] = []
  const places = { resources: makeNumbering(), scopes: makeNumbering() }
  let hasExtras = false
  const read = async (slice: Slice): Promise<SpanPiece> => {
    const records = await readSlice(reader, traceId, slice, hasExtras)
    hasExtras ||= records.some(row => row.event_names.length + row.link_spans.length > 0)
    const spans: Span[] = []
    for (const row of sortRecords(records)) {
      if (spans.length > 0 && spans.length % spansOfTurn === 0) await nextTurn()
      spans.push(readSpan(row, places.resources, places.scopes))
    }
    const [newResources, newScopes] = await Promise.all([
      readResources(reader, places.resources.ids.slice(resources.length)),
      readScopes(reader, places.scopes.ids.slice(scopes.length)),
    ])
    resources.push(...newResources)
    scopes.push(...newScopes)
    return { spans, resources, scopes }
  }
  let ahead: Promise<SpanPiece> | undefined
  try {
    for (const [i, slice] of slices.entries()) {
      const piece = await (ahead ?? read(slice))
      const next = slices[i + 1]
      ahead = next && read(next)
      // An error of it is thrown where it is awaited, if it ever is.
      ahead?.catch(() => undefined)
      yield piece
    }
  } finally {
    await ahead?.catch(() => undefined)
  }
}

/** Spans between two places of the order by start and id; those of a whole trace lie between none. */
interface Slice {
  readonly bounds: readonly Bounds[]
  readonly from?: Place
  /** Not part of the slice. */
  readonly to?: Place
}

interface Place {
  /** Nanoseconds since 1970 as decimal text, in 64 bits without a sign, as OTLP has them. */
  readonly start: string
  readonly span: string
}

const startUnsigned = 'toUInt64(toUnixTimestamp64Nano(start))'

/** Cuts a trace into slices by the numbers of their spans. */
async function findSlices(reader: Reader, { traceId, bounds }: TraceBounds): Promise<readonly Slice[]> {
  const { bind, parameters } = makeBinder()
  const [row] = await reader.query<{ readonly places: readonly (readonly [string, string])[] }>(
    `SELECT arrayMap(place -> (place.1, lower(hex(place.2))),
  arrayFilter((place, number) -> number = 1 OR number % ${spansOfSlice} = ${spansOfFirst + 1}, places, arrayEnumerate(places))) AS places
FROM (
  SELECT arraySort(groupArray((${startUnsigned}, span_id))) AS places
  FROM spans
  PREWHERE trace_id = ${bind(traceId, 'FixedString(16)')}
  WHERE ${withinBounds(bounds, bind)}
)`,
    parameters,
  )
  const places = (row?.places ?? []).map(([start, span]): Place => ({ start, span }))
  return places.map((from, i) => {
    const to = places[i + 1]
    return to === undefined ? { bounds, from } : { bounds: boundsBetween(bounds, from, to), from, to }
  })
}

/** Where a slice lies, as far as the times of its spans tell. */
function boundsBetween(bounds: readonly Bounds[], from: Place, to: Place): readonly Bounds[] {
  return bounds.map(bound => {
    if (!bound.isDated) return bound
    const startNano = compareTimes(bound.startNano, from.start) < 0 ? from.start : bound.startNano
    const endNano = compareTimes(bound.endNano, to.start) > 0 ? to.start : bound.endNano
    return { ...bound, startNano, endNano }
  })
}

function readSlice(
  reader: Reader,
  traceId: TraceId,
  { bounds, from, to }: Slice,
  hasExtras: boolean,
): Promise<readonly SpanRecord[]> {
  const { bind, parameters } = makeBinder()
  const prewhere = `trace_id = ${bind(traceId, 'FixedString(16)')}`
  const where = [
    withinBounds(bounds, bind),
    ...(from === undefined ? [] : [`(${startUnsigned}, span_id) >= ${placeOf(from, bind)}`]),
    ...(to === undefined ? [] : [`(${startUnsigned}, span_id) < ${placeOf(to, bind)}`]),
  ].join(' AND ')
  return readSpanRecords(reader, { prewhere, where }, parameters, hasExtras)
}

function placeOf({ start, span }: Place, bind: Bind): string {
  return `(${bind(start, 'UInt64')}, ${bind(span, 'FixedString(8)')})`
}
