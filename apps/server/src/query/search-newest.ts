import type { TraceId } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import type { Statement } from './compile.ts'
import { compileQuery, statement } from './compile.ts'
import { idSet } from './compile-bind.ts'
import type { Asked } from './cost.ts'
import { ask, startDeadline } from './cost.ts'
import type { Place } from './search-cursor.ts'
import { formatCursor, newerFirst, readCursor } from './search-cursor.ts'
import { searchWindows } from './search-windows.ts'
import type { TimeRange } from './time-range.ts'
import { makeRange, onDaysOf, timeOf, upTo } from './time-range.ts'

/** What a search is asked for: newest first, one page. */
export interface SearchRequest {
  readonly query: Query
  readonly range: TimeRange
  readonly limit: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

/** A trace with a span that the query holds for, as `traces` has it. */
export interface FoundTrace {
  readonly traceId: TraceId
  readonly startUnixNano: string
  readonly endUnixNano: string
  readonly spanCount: number
  readonly errorCount: number
  readonly services: readonly string[]
}

export interface FoundTraces {
  readonly traces: readonly FoundTrace[]
  readonly nextCursor?: string
}

interface Match {
  readonly id: TraceId
  readonly matched: string
}

interface TraceRow {
  readonly id: TraceId
  readonly started: string
  readonly ended: string
  readonly spanCount: string
  readonly errorCount: string
  readonly names: readonly string[]
}

/**
 * Finds the traces with a span that started within the range and for which the query holds, in the order the
 * traces started, newest first.
 *
 * Spans are looked through from the newest back. A trace starts no later than any of its spans: so once all
 * spans after a time T are seen, every trace that started after T and matches is known, and the search can stop
 * as soon as there are enough of those.
 *
 * @throws WaybillError BAD_PARAMETER for a cursor that is none, QUERY_TOO_LARGE with what to narrow.
 */
export async function findNewestTraces(reader: Reader, request: SearchRequest): Promise<FoundTraces> {
  const { range, limit } = request
  const after = request.cursor === undefined ? undefined : readCursor(request.cursor, 32)
  const wanted = limit + 1
  const known = new Map<TraceId, FoundTrace>()
  const add = (rows: readonly TraceRow[]) => {
    for (const row of rows) {
      const trace = foundTrace(row)
      if (after === undefined || newerFirst(after, placeOf(trace)) < 0) known.set(trace.traceId, trace)
    }
  }
  if (after !== undefined) add(await ask<TraceRow>(reader, longTraces(request, after, wanted), request))
  const rest = after === undefined ? range : upTo(range, after.startUnixNano)
  const seen = new Set<TraceId>()
  const checkTime = startDeadline(request)
  for (const window of await searchWindows(reader, request, rest)) {
    checkTime()
    const enough = await searchWindow(
      reader,
      request,
      window,
      seen,
      add,
      start => countAfter(known, start) >= wanted,
    )
    if (enough) break
  }
  const traces = [...known.values()].sort((a, b) => newerFirst(placeOf(a), placeOf(b)))
  const page = traces.slice(0, limit)
  const last = page.at(-1)
  return traces.length > limit && last !== undefined
    ? { traces: page, nextCursor: formatCursor(placeOf(last)) }
    : { traces: page }
}

/** The statement that a search begins with, for `?explain`. */
export async function newestStatement(reader: Reader, request: SearchRequest): Promise<Statement> {
  const { query, range, limit } = request
  const [window = range] = await searchWindows(reader, request, range)
  return matchesStatement(query, window, range, limit + 1)
}

/**
 * Looks through one window, in pages that double.
 *
 * @param enough tells whether the search can end where all spans from a time on have been seen.
 */
async function searchWindow(
  reader: Reader,
  { query, range, limit }: SearchRequest,
  window: TimeRange,
  seen: Set<TraceId>,
  add: (rows: readonly TraceRow[]) => void,
  enough: (startUnixNano: string) => boolean,
): Promise<boolean> {
  const asked = { query, range }
  let rest = window
  for (let size = Math.max(32, limit * 2); ; size *= 2) {
    const matches = await ask<Match>(reader, matchesStatement(query, rest, range, size), asked)
    const fresh = matches.map(match => match.id).filter(id => !seen.has(id))
    for (const id of fresh) seen.add(id)
    add(await lookUp(reader, fresh, asked))
    const last = matches.at(-1)
    const complete = matches.length < size || last === undefined
    const seenFrom = complete ? window.startUnixNano : String(BigInt(last.matched) + 1n)
    if (enough(seenFrom)) return true
    if (complete) return false
    rest = makeRange(BigInt(window.startUnixNano), BigInt(seenFrom))
  }
}

/** Traces by their newest matching span. */
function matchesStatement(query: Query, window: TimeRange, whole: TimeRange, size: number): Statement {
  return statement(bind => {
    const { table, where } = compileQuery(query, window, bind, whole)
    return (
      `SELECT lower(hex(trace_id)) AS id, toUnixTimestamp64Nano(max(start)) AS matched FROM ${table} ` +
      `WHERE ${where} GROUP BY trace_id ORDER BY matched DESC, trace_id DESC LIMIT ${bind(size, 'UInt64')}`
    )
  })
}

/**
 * Traces that began before a page's end, and matched only after it: they come after those of the page, and a
 * search from there back would not see them.
 */
function longTraces({ query, range }: SearchRequest, after: Place, wanted: number): Statement {
  return statement(bind => {
    const newer = { ...range, startUnixNano: after.startUnixNano }
    const { table, where } = compileQuery(query, newer, bind, range)
    const earlier = `(min(start), trace_id) < (${timeOf(after.startUnixNano, bind)}, ${bind(after.id, 'FixedString(16)')})`
    return (
      `SELECT ${traceColumns} FROM traces WHERE ${onDaysOf(range, bind)} ` +
      `AND trace_id IN (SELECT trace_id FROM ${table} WHERE ${where}) GROUP BY trace_id HAVING ${earlier} ` +
      `ORDER BY min(start) DESC, trace_id DESC LIMIT ${bind(wanted, 'UInt64')}`
    )
  })
}

/** Traces by their ids, in no order; those that are not stored around the range are left out. */
export async function lookUpTraces(
  reader: Reader,
  traceIds: readonly TraceId[],
  asked: Asked,
): Promise<readonly FoundTrace[]> {
  const rows = await lookUp(reader, traceIds, asked)
  return rows.map(foundTrace)
}

async function lookUp(
  reader: Reader,
  traceIds: readonly TraceId[],
  asked: Asked,
): Promise<readonly TraceRow[]> {
  if (traceIds.length === 0) return []
  const rows = statement(
    bind =>
      `SELECT ${traceColumns} FROM traces WHERE ${onDaysOf(asked.range, bind)} ` +
      `AND trace_id IN ${idSet(traceIds, 16, bind)} GROUP BY trace_id`,
  )
  return await ask<TraceRow>(reader, rows, asked)
}

const traceColumns =
  'lower(hex(trace_id)) AS id, toUnixTimestamp64Nano(min(start)) AS started, toUnixTimestamp64Nano(max(end)) AS ended, ' +
  'sum(spans) AS spanCount, sum(errors) AS errorCount, groupUniqArrayArray(services) AS names'

function foundTrace(row: TraceRow): FoundTrace {
  return {
    traceId: row.id,
    startUnixNano: row.started,
    endUnixNano: row.ended,
    spanCount: Number(row.spanCount),
    errorCount: Number(row.errorCount),
    services: row.names,
  }
}

function placeOf({ startUnixNano, traceId }: FoundTrace): Place {
  return { startUnixNano, id: traceId }
}

function countAfter(known: ReadonlyMap<TraceId, FoundTrace>, startUnixNano: string): number {
  const start = BigInt(startUnixNano)
  let count = 0
  for (const trace of known.values()) if (BigInt(trace.startUnixNano) >= start) count++
  return count
}
