import type { LinkedSpan } from '@waybill/api'
import type { Span, SpanId, Trace, TraceId } from '@waybill/model'
import { elapsedNano } from '@waybill/model'
import type { Parameters, Reader } from '../store/engine.ts'
import type { SpanRecord } from './stored-spans.ts'
import { makeNumbering, readResources, readScopes, readSpan, spanColumns } from './stored-spans.ts'

/** A span by its place: trace and id. */
export interface SpanAddress {
  readonly traceId: string
  readonly spanId: string
}

/** Where the spans of some traces can lie in `spans`: its sorting key is service and time. */
interface Bounds {
  readonly services: readonly string[]
  readonly startNano: string
  readonly endNano: string
}

/** As a condition; the bounds are its parameters, so that the engine prunes by them before it reads. */
const withinBounds = `service IN {services:Array(String)}
  AND start >= fromUnixTimestamp64Nano({startNano:Int64}, 'UTC') AND start <= fromUnixTimestamp64Nano({endNano:Int64}, 'UTC')`

/** Messages of one trace, or spans beside it, that one answer holds. */
const maxSpansBeside = 5000

/** The spans of a trace in the order they started, with their resources and scopes; undefined where none is stored. */
export async function getSpans(reader: Reader, traceId: TraceId): Promise<Trace | undefined> {
  const bounds = await boundsOf(reader, [traceId])
  if (bounds === undefined) return undefined
  const resources = makeNumbering()
  const scopes = makeNumbering()
  const spans: Span[] = []
  const rows = reader.stream<SpanRecord>(
    `SELECT ${spanColumns}
FROM spans
WHERE ${withinBounds} AND trace_id = unhex({trace:String})
ORDER BY start, span_id`,
    { ...bounds, trace: traceId },
  )
  for await (const row of rows) spans.push(readSpan(row, resources, scopes))
  if (spans.length === 0) return undefined
  return {
    traceId,
    resources: await readResources(reader, resources.ids),
    scopes: await readScopes(reader, scopes.ids),
    spans,
  }
}

/** Spans by their addresses, without their resources; those that are not stored are left out. */
export async function readSpansAt(
  reader: Reader,
  addresses: readonly SpanAddress[],
): Promise<readonly Span[]> {
  const wanted = new Map(addresses.map(address => [addressKey(address), address]))
  const list = [...wanted.values()].slice(0, maxSpansBeside)
  return readBounded(
    reader,
    list.map(item => item.traceId),
    `(trace_id, span_id) IN (
    SELECT arrayJoin(arrayMap((trace, span) -> (toFixedString(unhex(trace), 16), toFixedString(unhex(span), 8)),
      {traces:Array(String)}, {spans:Array(String)})))`,
    { spans: list.map(item => item.spanId) },
  )
}

/** The spans of some traces that did something with a message, without their resources. */
export function readMessageSpans(reader: Reader, traceIds: readonly string[]): Promise<readonly Span[]> {
  return readBounded(
    reader,
    traceIds,
    `operation != '' AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))`,
    {},
  )
}

async function readBounded(
  reader: Reader,
  traceIds: readonly string[],
  condition: string,
  parameters: Parameters,
): Promise<readonly Span[]> {
  const bounds = traceIds.length === 0 ? undefined : await boundsOf(reader, traceIds)
  if (bounds === undefined) return []
  const rows = await reader.query<SpanRecord>(
    `SELECT ${spanColumns}
FROM spans
WHERE ${withinBounds}
  AND ${condition}
ORDER BY start, span_id
LIMIT ${maxSpansBeside}`,
    { ...bounds, ...parameters, traces: traceIds },
  )
  const ignored = makeNumbering()
  return rows.map(row => readSpan(row, ignored, ignored))
}

async function boundsOf(reader: Reader, traceIds: readonly string[]): Promise<Bounds | undefined> {
  const [row] = await reader.query<Bounds>(
    `SELECT groupUniqArrayArray(services) AS services,
  toUnixTimestamp64Nano(min(start)) AS startNano, toUnixTimestamp64Nano(max(greatest(start, end))) AS endNano
FROM traces
WHERE trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))
HAVING count() > 0`,
    { traces: traceIds },
  )
  return row
}

/** A span as the other end of a link. */
export function linkedSpanOf(span: Span): LinkedSpan {
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
