import type { Resource, Scope, Span, Trace, TraceId } from '@waybill/model'
import { compareTimes, elapsedNano } from '@waybill/model'
import type { Reader } from '../store/engine.ts'
import { readResources, readScopes } from './stored-resources.ts'
import type { Numbering, SpanRecord } from './stored-spans.ts'
import { makeNumbering, readSpan, spanColumns } from './stored-spans.ts'

/** Where the spans of one trace lie in `spans`, whose sorting key is service and time. */
interface TraceBounds {
  readonly traceId: string
  readonly services: readonly string[]
  readonly startNano: string
  readonly endNano: string
}

/** What was read of one trace; its resources and scopes are still numbers. */
interface TraceDraft {
  readonly spans: Span[]
  readonly resources: Numbering
  readonly scopes: Numbering
}

/** Traces are read in as many statements at most, each for those that lie close together in time. */
const mostStatements = 8
/** Times shorter than this between traces are read over: the sorting key knows minutes. */
const gapNano = 60e9

/**
 * Whole traces by their ids: their spans in the order they started, without what other traces say of them.
 * Far cheaper than one after the other, since traces that a search finds lie close together.
 *
 * @returns those that are stored.
 */
export async function getTraces(
  reader: Reader,
  traceIds: readonly TraceId[],
): Promise<ReadonlyMap<TraceId, Trace>> {
  const drafts = new Map<string, TraceDraft>()
  for (const neighbours of splitAtGaps(await boundsOf(reader, traceIds))) {
    for await (const row of readRows(reader, neighbours)) {
      const draft = drafts.get(row.trace) ?? {
        spans: [],
        resources: makeNumbering(),
        scopes: makeNumbering(),
      }
      drafts.set(row.trace, draft)
      draft.spans.push(readSpan(row, draft.resources, draft.scopes))
    }
  }
  const all = [...drafts.values()]
  const resources = await byId(
    all.flatMap(draft => draft.resources.ids),
    ids => readResources(reader, ids),
  )
  const scopes = await byId(
    all.flatMap(draft => draft.scopes.ids),
    ids => readScopes(reader, ids),
  )
  return new Map(
    [...drafts].map(([traceId, draft]) => [
      traceId as TraceId,
      {
        traceId: traceId as TraceId,
        resources: draft.resources.ids.map(id => resources.get(id) as Resource),
        scopes: draft.scopes.ids.map(id => scopes.get(id) as Scope),
        spans: draft.spans,
      },
    ]),
  )
}

async function boundsOf(reader: Reader, traceIds: readonly TraceId[]): Promise<readonly TraceBounds[]> {
  if (traceIds.length === 0) return []
  return await reader.query<TraceBounds>(
    `SELECT lower(hex(trace_id)) AS traceId, groupUniqArrayArray(services) AS services,
  toUnixTimestamp64Nano(min(start)) AS startNano, toUnixTimestamp64Nano(max(greatest(start, end))) AS endNano
FROM traces
WHERE trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))
GROUP BY trace_id`,
    { traces: traceIds },
  )
}

function readRows(reader: Reader, traces: readonly TraceBounds[]): AsyncIterable<SpanRecord> {
  return reader.stream<SpanRecord>(
    `SELECT ${spanColumns}
FROM spans
WHERE service IN {services:Array(String)}
  AND start >= fromUnixTimestamp64Nano({startNano:Int64}, 'UTC') AND start <= fromUnixTimestamp64Nano({endNano:Int64}, 'UTC')
  AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))
ORDER BY start, span_id`,
    {
      services: [...new Set(traces.flatMap(trace => trace.services))].sort(),
      startNano: traces[0]?.startNano ?? '0',
      endNano: traces.reduce((end, trace) => later(end, trace.endNano), '0'),
      traces: traces.map(trace => trace.traceId),
    },
  )
}

/** Traces in the order of their starts, split where the longest times lie between them. */
function splitAtGaps(bounds: readonly TraceBounds[]): readonly (readonly TraceBounds[])[] {
  const traces = [...bounds].sort((a, b) => compareTimes(a.startNano, b.startNano))
  const gaps: { readonly at: number; readonly nano: number }[] = []
  let end = traces[0]?.endNano ?? '0'
  for (const [at, trace] of traces.entries()) {
    if (at > 0) gaps.push({ at, nano: elapsedNano(end, trace.startNano) })
    end = later(end, trace.endNano)
  }
  const cuts = gaps
    .filter(gap => gap.nano > gapNano)
    .sort((a, b) => b.nano - a.nano)
    .slice(0, mostStatements - 1)
    .map(gap => gap.at)
    .sort((a, b) => a - b)
  return [0, ...cuts].map((from, i) => traces.slice(from, cuts[i])).filter(group => group.length > 0)
}

function later(a: string, b: string): string {
  return compareTimes(a, b) < 0 ? b : a
}

async function byId<Description>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<readonly Description[]>,
): Promise<ReadonlyMap<string, Description>> {
  const unique = [...new Set(ids)]
  const descriptions = await read(unique)
  return new Map(unique.map((id, i) => [id, descriptions[i] as Description]))
}
