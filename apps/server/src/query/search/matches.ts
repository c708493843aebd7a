import type { TraceId } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Statement } from '../compile/compile.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import { isIndexed, isPlain, needsMessage } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import { ask, askInOrder } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { hasMinutes, makeRange, timeOf } from '../time-range.ts'
import type { Match, NextMatches } from './found.ts'
import { isScreened, screenedMatches } from './screened.ts'

interface Row {
  readonly id: string
  readonly started: string
}

/**
 * Spans of one service lie in the order of their minutes: the newest are read without looking at the others.
 */
export function isReadInOrder(query: Query, range: TimeRange): boolean {
  return hasMinutes(range) && isPlain(query) && !needsMessage(query) && namesOneService(query)
}

function namesOneService(query: Query): boolean {
  if (query.type === 'and') return query.items.some(namesOneService)
  return (
    query.type === 'compare' &&
    query.operator === '=' &&
    query.value.type !== 'glob' &&
    (query.key === 'service' || query.key === 'service.name')
  )
}

/** Which of the matching spans of a trace counts. */
export type Span = 'first' | 'last'

/**
 * @param traces how many will be enough, most of the time.
 * @param by the traces' order in a page, unless the spans are read in order and all are given.
 */
export function matchesOf(
  reader: Reader,
  { query, range }: Asked,
  window: TimeRange,
  traces: number,
  by: Span,
): NextMatches {
  if (isScreened(query)) return screenedMatches(reader, { query, range }, window)
  return isReadInOrder(query, window)
    ? newestSpans(reader, { query, range }, window, traces)
    : tracesBySpan(reader, { query, range }, window, traces, by)
}

/**
 * How many spans hold so many traces: a trace has several of a service, and those of the last second go on in
 * other services. An attribute's value has few, and each that is read too many costs a read of its own.
 */
const spansFor = (query: Query, traces: number): number => (isIndexed(query) ? 4 * traces : 8 * traces + 240)

function newestSpans(
  reader: Reader,
  { query, range }: Asked,
  window: TimeRange,
  traces: number,
): NextMatches {
  const start = BigInt(window.startUnixNano)
  let rest = window
  let size = spansFor(query, traces)
  // Where one trace has a thousand spans, they are not read one by one
  let once = false
  return async () => {
    const rows = await askInOrder<Row>(reader, spansStatement(query, rest, range, size, once), {
      query,
      range,
    })
    const last = rows.at(-1)
    const isComplete = rows.length < size || last === undefined
    const seenFromNano = isComplete ? start : BigInt(last.started) + 1n
    rest = makeRange(start, seenFromNano)
    size *= 4
    once = true
    return { found: rows.map(matchOf), seenFromNano, isComplete }
  }
}

function spansStatement(
  query: Query,
  window: TimeRange,
  whole: TimeRange,
  rows: number,
  once: boolean,
): Statement {
  return statement(bind => {
    const { table, where } = compileQuery(query, window, bind, whole)
    return (
      `SELECT hex(trace_id) AS id, toUnixTimestamp64Nano(start) AS started FROM ${table} WHERE ${where} ` +
      `ORDER BY toStartOfMinute(start) DESC, start DESC, trace_id DESC ${once ? 'LIMIT 1 BY trace_id ' : ''}LIMIT ${bind(rows, 'UInt64')}`
    )
  })
}

const rowsOf = (traces: number): number => Math.max(32, traces * 2)

function tracesBySpan(
  reader: Reader,
  asked: Asked,
  window: TimeRange,
  traces: number,
  by: Span,
): NextMatches {
  let size = rowsOf(traces)
  let before: bigint | undefined
  return async () => {
    const rows = await ask<Row>(
      reader,
      tracesStatement(asked.query, window, asked.range, size, by, before),
      asked,
    )
    const last = rows.at(-1)
    const isComplete = rows.length < size || last === undefined
    const seenFromNano = isComplete ? BigInt(window.startUnixNano) : BigInt(last.started) + 1n
    before = seenFromNano
    size *= 4
    return { found: rows.map(matchOf), seenFromNano, isComplete }
  }
}

/** Traces by one of their matching spans in the window. */
function tracesStatement(
  query: Query,
  window: TimeRange,
  whole: TimeRange,
  size: number,
  by: Span,
  before?: bigint,
): Statement {
  return statement(bind => {
    const { table, where } = compileQuery(query, window, bind, whole)
    const time = by === 'first' ? 'min(start)' : 'max(start)'
    const having = before === undefined ? '' : `HAVING ${time} < ${timeOf(String(before), bind)} `
    return (
      `SELECT hex(trace_id) AS id, toUnixTimestamp64Nano(${time}) AS started FROM ${table} WHERE ${where} ` +
      `GROUP BY trace_id ${having}ORDER BY ${time} DESC, trace_id DESC LIMIT ${bind(size, 'UInt64')}`
    )
  })
}

function matchOf({ id, started }: Row): Match {
  return { traceId: id.toLowerCase() as TraceId, startNano: BigInt(started) }
}
