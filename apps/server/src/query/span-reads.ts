import type { LinkedSpan } from '@waybill/api'
import type { LightSpan, Span, SpanId, Trace, TraceId } from '@waybill/model'
import { elapsedNano } from '@waybill/model'
import type { Reader } from '../store/engine.ts'
import { makeBinder } from './compile-bind.ts'
import { readResources, readScopes } from './stored-resources.ts'
import type { SpanRecord } from './stored-spans.ts'
import { makeNumbering, readLightSpans, readSpan, readSpanRecords, spanColumns } from './stored-spans.ts'
import { tupleSet } from './tuple-set.ts'

/** A span by its place: trace and id. */
export interface SpanAddress {
  readonly traceId: string
  readonly spanId: string
}

/** Where the spans of some traces can lie in `spans`: its sorting key is service and time. */
export interface Bounds {
  readonly services: readonly string[]
  readonly startNano: string
  readonly endNano: string
}

/** As a condition; the bounds are its parameters, so that the engine prunes by them before it reads. */
const withinBounds = `service IN {services:Array(String)}
  AND start >= fromUnixTimestamp64Nano({startNano:Int64}, 'UTC') AND start <= fromUnixTimestamp64Nano({endNano:Int64}, 'UTC')`

/** Messages of one trace, or spans beside it, that one answer holds. */
const maxSpansBeside = 5000
/** Traces with more spans than this are streamed; starting a stream holds up everything else for a moment. */
const maxSpansAtOnce = 2000

/** The spans of a trace in the order they started, with their resources and scopes; undefined where none is stored. */
export async function getSpans(reader: Reader, traceId: TraceId): Promise<Trace | undefined> {
  const bounds = await boundsOf(reader, [traceId])
  if (bounds === undefined) return undefined
  const resources = makeNumbering()
  const scopes = makeNumbering()
  const spans: Span[] = []
  const where = `${withinBounds} AND trace_id = unhex({trace:String})`
  const parameters = { ...bounds, trace: traceId }
  const rows =
    Number(bounds.spans) <= maxSpansAtOnce
      ? await readSpanRecords(reader, where, parameters, maxSpansAtOnce)
      : reader.stream<SpanRecord>(
          `SELECT ${spanColumns}\nFROM spans\nWHERE ${where}\nORDER BY start, span_id`,
          parameters,
        )
  for await (const row of rows) spans.push(readSpan(row, resources, scopes))
  if (spans.length === 0) return undefined
  const [foundResources, foundScopes] = await Promise.all([
    readResources(reader, resources.ids),
    readScopes(reader, scopes.ids),
  ])
  return { traceId, resources: foundResources, scopes: foundScopes, spans }
}

/**
 * Spans by their addresses, as far as their messages need them; those that are not stored are left out.
 *
 * @param known where they lie; looked up where it is absent.
 */
export async function readSpansAt(
  reader: Reader,
  addresses: readonly SpanAddress[],
  known?: Bounds,
): Promise<readonly LightSpan[]> {
  const wanted = [...new Map(addresses.map(address => [addressKey(address), address])).values()]
  const list = wanted.slice(0, maxSpansBeside)
  const bounds = known ?? (await boundsOf(reader, [...new Set(list.map(({ traceId }) => traceId))]))
  if (bounds === undefined || list.length === 0) return []
  const { bind, parameters } = makeBinder()
  const ids = tupleSet(
    list.map(({ traceId, spanId }) => [traceId, spanId]),
    ['traceId', 'spanId'],
    bind,
  )
  return readLightSpans(
    reader,
    `${withinBounds} AND (trace_id, span_id) IN ${ids}`,
    { ...bounds, ...parameters },
    maxSpansBeside,
  )
}

/** The spans of some traces that did something with a message, without their resources. */
export async function readMessageSpans(
  reader: Reader,
  traceIds: readonly string[],
): Promise<readonly Span[]> {
  const bounds = await boundsOf(reader, traceIds)
  if (bounds === undefined) return []
  const rows = await readSpanRecords(
    reader,
    `${withinBounds}
  AND operation != '' AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))`,
    { ...bounds, traces: traceIds },
    maxSpansBeside,
  )
  const ignored = makeNumbering()
  return rows.map(row => readSpan(row, ignored, ignored))
}

async function boundsOf(
  reader: Reader,
  traceIds: readonly string[],
): Promise<(Bounds & { readonly spans: string }) | undefined> {
  const [first] = traceIds
  if (first === undefined) return undefined
  const [condition, parameters] =
    traceIds.length === 1
      ? ['trace_id = unhex({trace:String})', { trace: first }]
      : [
          'trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))',
          { traces: traceIds },
        ]
  const [row] = await reader.query<Bounds & { readonly spans: string }>(
    `SELECT groupUniqArrayArray(services) AS services, sum(spans) AS spans,
  toUnixTimestamp64Nano(min(start)) AS startNano, toUnixTimestamp64Nano(max(greatest(start, end))) AS endNano
FROM traces
WHERE ${condition}
HAVING count() > 0`,
    parameters,
  )
  return row
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
