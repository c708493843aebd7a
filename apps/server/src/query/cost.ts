import type { ExplainResponse } from '@waybill/api'
import { formatDuration, WaybillError } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { keyTarget } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import type { Statement } from './compile/compile.ts'
import { statement } from './compile/compile.ts'
import type { TimeRange } from './time-range.ts'
import { lengthNano, startsWithin } from './time-range.ts'

/** What one statement of a search may read and take. The engine has its own bound on memory. */
export interface CostLimits {
  readonly rows: number
  readonly seconds: number
}

export const defaultCostLimits: CostLimits = { rows: 500_000_000, seconds: 20 }

/** What a query looked at, to say how to narrow it. */
export interface Asked {
  readonly query: Query
  readonly range: TimeRange
}

/** ClickHouse's number for an expression that RE2 cannot compile. */
const badExpressionCode = 427

/**
 * Runs a statement within limits.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow, where it would read or take more.
 */
export async function ask<Row>(
  reader: Reader,
  { sql, parameters }: Statement,
  asked: Asked,
  limits: CostLimits = defaultCostLimits,
): Promise<readonly Row[]> {
  const settings = `max_rows_to_read = ${limits.rows}, max_execution_time = ${limits.seconds}, query_plan_join_swap_table = 'false'`
  try {
    return await reader.query<Row>(`${sql}\nSETTINGS ${settings}`, parameters)
  } catch (error) {
    throw explained(error, asked)
  }
}

/**
 * Runs a statement that reads rows in the order they are stored and stops early: only the time it may take is
 * limited, for how many rows it will read is not known before.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow, where it would take more.
 */
export async function askInOrder<Row>(
  reader: Reader,
  { sql, parameters }: Statement,
  asked: Asked,
  limits: CostLimits = defaultCostLimits,
): Promise<readonly Row[]> {
  // With buffering every part of the table would give a whole block of rows before the first is put out
  const settings = `max_execution_time = ${limits.seconds}, optimize_read_in_order = 1, read_in_order_use_buffering = 0`
  try {
    return await reader.query<Row>(`${sql}\nSETTINGS ${settings}`, parameters)
  } catch (error) {
    throw explained(error, asked)
  }
}

/** A search of several statements that may take no longer than one. @throws WaybillError QUERY_TOO_LARGE */
export function startDeadline(asked: Asked, limits: CostLimits = defaultCostLimits): () => void {
  const end = performance.now() + limits.seconds * 1000
  return () => {
    if (performance.now() > end)
      throw new WaybillError(
        'QUERY_TOO_LARGE',
        `The query takes longer than ${limits.seconds} s. ${narrowing(asked)}`,
      )
  }
}

function explained(error: unknown, asked: Asked): unknown {
  if (error instanceof WaybillError && error.code === 'QUERY_TOO_LARGE')
    return new WaybillError('QUERY_TOO_LARGE', `${error.message} ${narrowing(asked)}`, { cause: error })
  if (error instanceof Error && error.message.includes(`Code: ${badExpressionCode}.`))
    return new WaybillError('BAD_QUERY', 'A regular expression of the query cannot be read', { cause: error })
  return error
}

/** What would make a query cheaper, the most useful first. */
function narrowing({ query, range }: Asked): string {
  const hints: string[] = []
  if (!names(query, ['service', 'service.name'])) hints.push('add a service')
  if (asksForText(query)) hints.push('replace words and patterns by an attribute, as in user.id:17')
  if (asksForOthers(query)) hints.push('give the spans in braces a service or a name')
  const half = formatDuration(Number(lengthNano(range) / 2n))
  hints.push(`search a shorter time than ${formatDuration(Number(lengthNano(range)))}, such as ${half}`)
  const text = hints.join(', or ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function names(query: Query, keys: readonly string[]): boolean {
  if (query.type === 'and') return query.items.some(item => names(item, keys))
  return (query.type === 'compare' || query.type === 'in') && keys.includes(query.key)
}

/** A condition that has to read the attributes themselves. */
function asksForText(query: Query): boolean {
  if (query.type === 'and' || query.type === 'or') return query.items.some(asksForText)
  if (query.type === 'not') return asksForText(query.item)
  if (query.type === 'text') return true
  if (query.type !== 'compare' || keyTarget(query.key).type === 'short') return false
  return query.operator !== '=' || query.value.type === 'glob'
}

function asksForOthers(query: Query): boolean {
  if (query.type === 'and' || query.type === 'or') return query.items.some(asksForOthers)
  return query.type === 'not'
    ? asksForOthers(query.item)
    : query.type === 'trace' || query.type === 'relation'
}

/**
 * Explains a statement instead of running it: how many parts, rows and marks would be read of each table, then the
 * engine's plan. (Selections inside of it that the engine needs to plan are run.)
 */
export async function explain(reader: Reader, statement: Statement, asked: Asked): Promise<ExplainResponse> {
  const prefixed = (prefix: string) => ({ ...statement, sql: `${prefix} ${statement.sql}` })
  const estimates = await ask<Estimate>(reader, prefixed('EXPLAIN ESTIMATE'), asked)
  const plan = await ask<{ readonly explain: string }>(reader, prefixed('EXPLAIN indexes = 1'), asked)
  return {
    statements: [statement],
    plan: [
      ...estimates.map(
        ({ table, parts, rows, marks }) => `${table}: ${rows} rows in ${marks} marks of ${parts} parts`,
      ),
      ...plan.map(row => row.explain),
    ],
  }
}

/** About how many spans started in a range: by the index alone, without reading any. */
export async function estimateSpans(reader: Reader, asked: Asked, range: TimeRange): Promise<number> {
  const spans = statement(bind => `SELECT trace_id FROM spans WHERE ${startsWithin(range, bind)}`)
  return await estimateRows(reader, spans, asked)
}

/** About how many rows a selection would read: by the indexes alone. */
export async function estimateRows(
  reader: Reader,
  { sql, parameters }: Statement,
  asked: Asked,
): Promise<number> {
  const estimates = await ask<Estimate>(reader, { sql: `EXPLAIN ESTIMATE ${sql}`, parameters }, asked)
  return estimates.reduce((sum, { rows }) => sum + Number(rows), 0)
}

interface Estimate {
  readonly table: string
  readonly parts: string
  readonly rows: string
  readonly marks: string
}
