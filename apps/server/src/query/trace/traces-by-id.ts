import type { Resource, Scope, Span, Trace, TraceId } from '@waybill/model'
import { compareTimes } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet, makeBinder } from '../compile/bind.ts'
import type { TraceBounds } from './bounds.ts'
import { readBounds, withinBounds } from './bounds.ts'
import { getSpans } from './span-reads.ts'
import { readResources, readScopes } from './stored-resources.ts'
import type { Numbering } from './stored-spans.ts'
import { makeNumbering, readSpan, readSpanRecords, sortRecords } from './stored-spans.ts'

/** What was read of one trace; its resources and scopes are still numbers. */
interface TraceDraft {
  readonly spans: Span[]
  readonly resources: Numbering
  readonly scopes: Numbering
}

/** Spans that one statement reads, and a trace has at most: to parse many more would hold up other requests. */
export const spansAtATime = 1000

/**
 * Whole traces by their ids: their spans in the order they started, without what other traces say of them.
 * Far cheaper than one after the other: small ones share a statement.
 *
 * @returns those that are stored, but for large ones, which `openSpans` reads in pieces: several would be too much to
 *   hold.
 */
export async function getTraces(
  reader: Reader,
  traceIds: readonly TraceId[],
): Promise<ReadonlyMap<TraceId, Trace>> {
  const found = new Map<TraceId, Trace>()
  const bounds = await readBounds(reader, traceIds)
  for (const group of groupBySize(bounds.filter(trace => trace.spans <= spansAtATime)))
    for (const trace of await readGroup(reader, group)) found.set(trace.traceId, trace)
  return found
}

async function readGroup(reader: Reader, group: readonly TraceBounds[]): Promise<readonly Trace[]> {
  const [first, second] = group
  if (first === undefined || second === undefined) {
    const trace = first && (await getSpans(reader, first.traceId as TraceId))
    return trace === undefined ? [] : [trace]
  }
  const { bind, parameters } = makeBinder()
  const ids = group.map(({ traceId }) => traceId)
  const rows = await readSpanRecords(
    reader,
    {
      prewhere: `trace_id IN ${idSet(ids, 16, bind)}`,
      where: withinBounds(
        group.flatMap(trace => trace.bounds),
        bind,
      ),
    },
    parameters,
  )
  const drafts = new Map<string, TraceDraft>()
  for (const row of sortRecords(rows)) {
    const draft = drafts.get(row.trace) ?? { spans: [], resources: makeNumbering(), scopes: makeNumbering() }
    drafts.set(row.trace, draft)
    draft.spans.push(readSpan(row, draft.resources, draft.scopes))
  }
  return finish(reader, drafts)
}

async function finish(reader: Reader, drafts: ReadonlyMap<string, TraceDraft>): Promise<readonly Trace[]> {
  const all = [...drafts.values()]
  const resources = await byId(
    all.flatMap(draft => draft.resources.ids),
    ids => readResources(reader, ids),
  )
  const scopes = await byId(
    all.flatMap(draft => draft.scopes.ids),
    ids => readScopes(reader, ids),
  )
  return [...drafts].map(([traceId, draft]) => ({
    traceId: traceId as TraceId,
    resources: draft.resources.ids.map(id => resources.get(id) as Resource),
    scopes: draft.scopes.ids.map(id => scopes.get(id) as Scope),
    spans: draft.spans,
  }))
}

/** Traces in the order of their starts, in groups that one statement reads. */
function groupBySize(bounds: readonly TraceBounds[]): readonly (readonly TraceBounds[])[] {
  const groups: TraceBounds[][] = []
  let spans = 0
  for (const trace of bounds.toSorted((a, b) => compareTimes(a.startNano, b.startNano))) {
    const group = groups.at(-1)
    spans += trace.spans
    if (group === undefined || spans > spansAtATime) {
      groups.push([trace])
      spans = trace.spans
    } else group.push(trace)
  }
  return groups
}

async function byId<Description>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<readonly Description[]>,
): Promise<ReadonlyMap<string, Description>> {
  const unique = [...new Set(ids)]
  const descriptions = await read(unique)
  return new Map(unique.map((id, i) => [id, descriptions[i] as Description]))
}
