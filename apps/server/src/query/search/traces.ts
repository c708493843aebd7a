import type { TraceId } from '@waybill/model'
import { compareTimes } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet } from '../compile/bind.ts'
import type { Statement } from '../compile/compile.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { onDaysOf, startsWithin, timeOf } from '../time-range.ts'
import type { Bounds } from '../trace/bounds.ts'
import type { Place } from './cursor.ts'

/** A trace with a span that the query holds for, as `traces` has it. */
export interface FoundTrace {
  readonly traceId: TraceId
  readonly startUnixNano: string
  readonly endUnixNano: string
  readonly spanCount: number
  readonly errorCount: number
  /** Where its spans lie. */
  readonly bounds: readonly Bounds[]
}

interface TraceRow {
  readonly id: string
  readonly started: string
  readonly ended: string
  readonly spanCount: string
  readonly errorCount: string
  readonly names: readonly string[]
  /** 1 where the times of all spans can be relied on. */
  readonly dated: number
}

/**
 * Traces by their ids, in no order; those that are not stored around the range are left out. A trace's rows are
 * put together here: to let the engine do it would take as long again.
 */
export async function lookUpTraces(
  reader: Reader,
  traceIds: readonly TraceId[],
  asked: Asked,
): Promise<readonly FoundTrace[]> {
  if (traceIds.length === 0) return []
  const select = statement(
    bind =>
      `SELECT hex(trace_id) AS id, toUnixTimestamp64Nano(start) AS started, toUnixTimestamp64Nano(end) AS ended, ` +
      `spans AS spanCount, errors AS errorCount, services AS names, day > toDate(0) AS dated FROM traces ` +
      `PREWHERE trace_id IN ${idSet(traceIds, 16, bind)} WHERE indexHint(${onDaysOf(asked.range, bind)})`,
  )
  const found = new Map<TraceId, FoundTrace>()
  for (const row of await ask<TraceRow>(reader, select, asked)) {
    const trace = foundTrace(row)
    const other = found.get(trace.traceId)
    found.set(trace.traceId, other === undefined ? trace : together(trace, other))
  }
  return [...found.values()]
}

function together(a: FoundTrace, b: FoundTrace): FoundTrace {
  return {
    traceId: a.traceId,
    startUnixNano: compareTimes(a.startUnixNano, b.startUnixNano) < 0 ? a.startUnixNano : b.startUnixNano,
    endUnixNano: compareTimes(a.endUnixNano, b.endUnixNano) > 0 ? a.endUnixNano : b.endUnixNano,
    spanCount: a.spanCount + b.spanCount,
    errorCount: a.errorCount + b.errorCount,
    bounds: [...a.bounds, ...b.bounds],
  }
}

/**
 * Traces that began before a page's end, and matched only after it: they come after those of the page, and a
 * search from there back would not see them.
 */
export async function findLongTraces(
  reader: Reader,
  { query, range }: Asked,
  after: Place,
  wanted: number,
): Promise<readonly FoundTrace[]> {
  const select: Statement = statement(bind => {
    const newer = { ...range, startUnixNano: after.startUnixNano }
    const { table, where } = compileQuery(query, newer, bind, range)
    const earlier = `(min(start), trace_id) < (${timeOf(after.startUnixNano, bind)}, ${bind(after.id, 'FixedString(16)')})`
    return (
      `SELECT hex(trace_id) AS id, toUnixTimestamp64Nano(min(start)) AS started, toUnixTimestamp64Nano(max(end)) AS ended, ` +
      `sum(spans) AS spanCount, sum(errors) AS errorCount, groupUniqArrayArray(services) AS names, min(day) > toDate(0) AS dated FROM traces WHERE ${onDaysOf(range, bind)} ` +
      `AND trace_id IN (SELECT trace_id FROM ${table} WHERE ${where}) GROUP BY trace_id HAVING ${earlier} ` +
      `ORDER BY min(start) DESC, trace_id DESC LIMIT ${bind(wanted, 'UInt64')}`
    )
  })
  const found = (await ask<TraceRow>(reader, select, { query, range })).map(foundTrace)
  // Of a trace whose rows are put together, some are dated and some are not
  return found.map(trace => ({
    ...trace,
    bounds: trace.bounds.flatMap(bound => (bound.isDated ? [bound] : [bound, { ...bound, isDated: true }])),
  }))
}

/**
 * When the first span of each trace started, among the spans of a short time: nearer to the start of the trace
 * than any span that matches, and found in one pass, where each look into `traces` reads a thousand rows.
 */
export async function findFirstStarts(
  reader: Reader,
  traceIds: readonly TraceId[],
  within: TimeRange,
  asked: Asked,
): Promise<ReadonlyMap<TraceId, bigint>> {
  const select = statement(
    bind =>
      `SELECT hex(trace_id) AS id, toUnixTimestamp64Nano(min(start)) AS started FROM spans ` +
      `WHERE ${startsWithin(within, bind)} AND trace_id IN ${idSet(traceIds, 16, bind)} GROUP BY trace_id`,
  )
  const rows = await ask<Pick<TraceRow, 'id' | 'started'>>(reader, select, asked)
  return new Map(rows.map(({ id, started }) => [id.toLowerCase() as TraceId, BigInt(started)]))
}

function foundTrace(row: TraceRow): FoundTrace {
  return {
    traceId: row.id.toLowerCase() as TraceId,
    startUnixNano: row.started,
    endUnixNano: row.ended,
    spanCount: Number(row.spanCount),
    errorCount: Number(row.errorCount),
    bounds: [
      {
        services: row.names,
        startNano: row.started,
        endNano: compareTimes(row.started, row.ended) > 0 ? row.started : row.ended,
        isDated: row.dated === 1,
      },
    ],
  }
}
