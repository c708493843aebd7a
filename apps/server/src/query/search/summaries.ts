import type { TraceSummary } from '@waybill/api'
import type { LightSpan, TraceId } from '@waybill/model'
import { elapsedNano, summarize, tieMessages } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet } from '../compile/bind.ts'
import { statement } from '../compile/compile.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import { startsWithin } from '../time-range.ts'
import { countOrphans } from '../trace/orphans.ts'
import { readLightSpans } from './light-spans.ts'
import type { FoundTrace } from './traces.ts'
import { lookUpTraces } from './traces.ts'

/** Spans that one page reads in all, and of one trace at least and at most. */
const spansOfPage = 60_000
const spansOfTrace = { least: 100, most: 2000 } as const
/** Producers in other traces that one page looks up: what a batch waited for. */
const mostForeign = 1000

/**
 * Sums traces up, in their order: services, path, shape, messages and waiting. Of a trace with very many spans
 * the first ones draw the shape; its counts are of all.
 */
export async function summarizeTraces(
  reader: Reader,
  traces: readonly FoundTrace[],
  asked: Asked,
): Promise<readonly TraceSummary[]> {
  const share = Math.floor(spansOfPage / Math.max(1, traces.length))
  const spansOfEach = Math.min(spansOfTrace.most, Math.max(spansOfTrace.least, share))
  const spans = await readLightSpans(reader, traces, asked, { spansOfEach })
  const foreign = await readForeign(reader, spans, asked)
  const byTrace = groupByTrace(spans)
  const large = traces.filter(trace => trace.spanCount > spansOfEach)
  const [counts, orphans] = await Promise.all([
    countServices(reader, large, asked),
    countOrphans(
      reader,
      large.map(trace => trace.traceId),
    ),
  ])
  return traces.flatMap(trace => {
    const own = byTrace.get(trace.traceId)
    if (own === undefined) return []
    const { traceId } = trace
    const orphanCount = large.includes(trace) ? (orphans.get(traceId) ?? 0) : orphansAmong(own)
    const summary = summaryOf(trace, own, foreignOf(own, foreign), counts.get(traceId))
    return [orphanCount === 0 ? summary : { ...summary, orphanCount }]
  })
}

function summaryOf(
  trace: FoundTrace,
  spans: readonly LightSpan[],
  foreign: readonly LightSpan[],
  services: TraceSummary['services'] | undefined,
): TraceSummary {
  const outline = summarize(spans, tieMessages(spans, foreign))
  const summary = { traceId: trace.traceId, ...outline }
  if (services === undefined) return summary
  const durationNano = Math.max(outline.durationNano, elapsedNano(trace.startUnixNano, trace.endUnixNano))
  return { ...summary, durationNano, spanCount: trace.spanCount, errorCount: trace.errorCount, services }
}

/** Spans whose parent is not among them. */
function orphansAmong(spans: readonly LightSpan[]): number {
  const ids = new Set<string>(spans.map(span => span.spanId))
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId))
  return new Set(orphans.map(span => span.spanId)).size
}

/** Producers in other traces that consumers of these link to. */
async function readForeign(
  reader: Reader,
  spans: readonly LightSpan[],
  asked: Asked,
): Promise<ReadonlyMap<string, LightSpan>> {
  const own = new Set(spans.map(span => span.traceId + span.spanId))
  const wanted = new Map<string, { readonly traceId: TraceId; readonly spanId: string }>()
  for (const span of spans)
    for (const link of span.links ?? []) {
      const address = link.traceId + link.spanId
      if (!own.has(address) && wanted.size < mostForeign) wanted.set(address, link)
    }
  if (wanted.size === 0) return new Map()
  const traceIds = [...new Set([...wanted.values()].map(link => link.traceId))]
  const traces = await lookUpTraces(reader, traceIds, asked)
  const spanIds = [...new Set([...wanted.values()].map(link => link.spanId))]
  const found = await readLightSpans(reader, traces, asked, { spansOfEach: mostForeign, spanIds })
  return new Map(found.map(span => [span.traceId + span.spanId, span]))
}

function foreignOf(
  spans: readonly LightSpan[],
  foreign: ReadonlyMap<string, LightSpan>,
): readonly LightSpan[] {
  if (foreign.size === 0) return []
  const linked = new Set<LightSpan>()
  for (const span of spans)
    for (const link of span.links ?? []) {
      const found = foreign.get(link.traceId + link.spanId)
      if (found !== undefined) linked.add(found)
    }
  return [...linked]
}

function groupByTrace(spans: readonly LightSpan[]): ReadonlyMap<TraceId, readonly LightSpan[]> {
  const groups = new Map<TraceId, LightSpan[]>()
  for (const span of spans) {
    const group = groups.get(span.traceId)
    if (group === undefined) groups.set(span.traceId, [span])
    else group.push(span)
  }
  return groups
}

interface ServiceCount {
  readonly trace: TraceId
  readonly name: string
  readonly spanCount: string
  readonly errorCount: string
}

/** Spans of each service, for traces of which not every span was read. */
async function countServices(
  reader: Reader,
  traces: readonly FoundTrace[],
  asked: Asked,
): Promise<ReadonlyMap<TraceId, TraceSummary['services']>> {
  const services = new Map<TraceId, TraceSummary['services'][number][]>()
  if (traces.length === 0) return services
  const earliest = traces.reduce(
    (start, trace) => smaller(start, trace.startUnixNano),
    traces[0]?.startUnixNano ?? '0',
  )
  const latest = traces.reduce(
    (end, trace) => (smaller(end, trace.endUnixNano) === end ? trace.endUnixNano : end),
    '0',
  )
  const rows = await ask<ServiceCount>(
    reader,
    statement(bind => {
      const range = { startUnixNano: earliest, endUnixNano: String(BigInt(latest) + 1n) }
      const ids = idSet(
        traces.map(trace => trace.traceId),
        16,
        bind,
      )
      return (
        `SELECT lower(hex(trace_id)) AS trace, service AS name, count() AS spanCount, countIf(status_code = 2) AS errorCount ` +
        `FROM spans WHERE ${startsWithin(range, bind)} AND trace_id IN ${ids} GROUP BY trace_id, service ORDER BY min(start)`
      )
    }),
    asked,
  )
  for (const { trace, name, spanCount, errorCount } of rows) {
    const list = services.get(trace) ?? []
    list.push({ name, spanCount: Number(spanCount), errorCount: Number(errorCount) })
    services.set(trace, list)
  }
  return services
}

function smaller(a: string, b: string): string {
  return BigInt(b) < BigInt(a) ? b : a
}
