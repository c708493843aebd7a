import type { TraceId } from '@waybill/model'
import type { Reader } from '../store/engine.ts'
import type { Statement } from './compile.ts'
import { compileQuery, statement } from './compile.ts'
import { idSet } from './compile-bind.ts'
import type { Asked } from './cost.ts'
import { ask } from './cost.ts'
import type { Place } from './search-cursor.ts'
import type { TimeRange } from './time-range.ts'
import { onDaysOf, startsWithin, timeOf } from './time-range.ts'

/** A trace with a span that the query holds for, as `traces` has it. */
export interface FoundTrace {
  readonly traceId: TraceId
  readonly startUnixNano: string
  readonly endUnixNano: string
  readonly spanCount: number
  readonly errorCount: number
  readonly services: readonly string[]
}

interface TraceRow {
  readonly id: string
  readonly started: string
  readonly ended: string
  readonly spanCount: string
  readonly errorCount: string
  readonly names: readonly string[]
}

const traceColumns =
  'hex(trace_id) AS id, toUnixTimestamp64Nano(min(start)) AS started, toUnixTimestamp64Nano(max(end)) AS ended, ' +
  'sum(spans) AS spanCount, sum(errors) AS errorCount, groupUniqArrayArray(services) AS names'

/** Traces by their ids, in no order; those that are not stored around the range are left out. */
export async function lookUpTraces(
  reader: Reader,
  traceIds: readonly TraceId[],
  asked: Asked,
): Promise<readonly FoundTrace[]> {
  if (traceIds.length === 0) return []
  const select = statement(
    bind =>
      `SELECT ${traceColumns} FROM traces WHERE ${onDaysOf(asked.range, bind)} ` +
      `AND trace_id IN ${idSet(traceIds, 16, bind)} GROUP BY trace_id`,
  )
  return (await ask<TraceRow>(reader, select, asked)).map(foundTrace)
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
      `SELECT ${traceColumns} FROM traces WHERE ${onDaysOf(range, bind)} ` +
      `AND trace_id IN (SELECT trace_id FROM ${table} WHERE ${where}) GROUP BY trace_id HAVING ${earlier} ` +
      `ORDER BY min(start) DESC, trace_id DESC LIMIT ${bind(wanted, 'UInt64')}`
    )
  })
  return (await ask<TraceRow>(reader, select, { query, range })).map(foundTrace)
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
    services: row.names,
  }
}
