import type { Query } from '@waybill/query-language'
import { has, keyTarget } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import { isIndexed, spanKey } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { newestFirst, startsWithin } from '../time-range.ts'

/** A value that is stored, and how many of the spans looked at have it. */
export interface Stored {
  readonly value: string
  readonly count: number
}

const mostValues = 50
/** The end of a statement that gives values and their numbers. */
export const mostFirst = `ORDER BY number DESC, value LIMIT ${mostValues}`

/** Parts of the range that are looked at, newest first; see newestFirst. */
const shares = [1 / 8, 1]
/** Spans of a query that are looked at in each part, and rows that are read to find them. */
const mostSpans = 1000
const mostRows = { attributes: 100_000, columns: 250_000 } as const

/** Names of attributes of some of the spans of a query, and of their resources. */
export async function scanKeys(
  reader: Reader,
  asked: Asked,
  holds: (bind: Bind) => string,
): Promise<readonly Stored[]> {
  return await scan(reader, asked, mostRows.attributes, (window, bind) => {
    const where = spansWhere(asked.query, window, asked.range, bind)
    const spans = `SELECT resource, mapKeys(attributes) AS names FROM spans WHERE ${where} LIMIT ${mostSpans}`
    const rows = `SELECT arrayJoin(arrayConcat(spans.names, ofResource.names)) AS value FROM (${spans}) AS spans LEFT ANY JOIN (SELECT id, mapKeys(attributes) AS names FROM resources) AS ofResource ON spans.resource = ofResource.id`
    return `SELECT value, count() AS number FROM (${rows}) WHERE ${holds(bind)} GROUP BY value ${mostFirst}`
  })
}

/**
 * Values of a key, of some of the spans of a query.
 *
 * @param column what has the values, where the key is no attribute.
 */
export async function scanValues(
  reader: Reader,
  key: string,
  column: string | undefined,
  asked: Asked,
  holds: (bind: Bind) => string,
): Promise<readonly Stored[]> {
  const target = keyTarget(key)
  const most = column === undefined ? mostRows.attributes : mostRows.columns
  return await scan(reader, asked, most, (window, bind) => {
    const where = spansWhere(asked.query, window, asked.range, bind)
    const name = target.type === 'attribute' ? bind(target.name, 'String') : ''
    const found =
      column === undefined
        ? `SELECT attributes[${name}] AS value FROM spans WHERE ${where} AND mapContains(attributes, ${name})`
        : `SELECT ${column} AS value FROM spans WHERE ${where} AND ${presence(key, window, asked.range, bind)}`
    const rows = `SELECT value FROM (${found}) WHERE value != '' AND ${holds(bind)} LIMIT ${mostSpans}`
    return `SELECT value, count() AS number FROM (${rows}) GROUP BY value ${mostFirst}`
  })
}

/** Looks at the newest part, and at the rest where that has nothing: who types does not wait. */
async function scan(
  reader: Reader,
  asked: Asked,
  most: number,
  write: (window: TimeRange, bind: Bind) => string,
): Promise<readonly Stored[]> {
  // What an index finds lies anywhere, and costs the same in a short time as in a long one
  const windows = newestFirst(asked.range, isIndexed(asked.query) ? [1] : shares)
  for (const window of windows) {
    const { sql, parameters } = statement(bind => write(window, bind))
    // Reading ends at the limit with what was found until then
    const rows = await reader.query<{ readonly value: string; readonly number: string }>(
      `${sql}\nSETTINGS max_rows_to_read = ${most}, read_overflow_mode = 'break'`,
      parameters,
    )
    if (rows.length > 0) return rows.map(({ value, number }) => ({ value, count: Number(number) }))
  }
  return []
}

/** The condition of a query on rows of `spans`, also where the query is about messages. */
function spansWhere(query: Query, window: TimeRange, whole: TimeRange, bind: Bind): string {
  const { table, where } = compileQuery(query, window, bind, whole)
  if (table === 'spans') return where
  return `${startsWithin(window, bind)} AND ${spanKey} IN (SELECT ${spanKey} FROM ${table} WHERE ${where})`
}

/** What `has:key` says: a queue is a destination, but not one of Kafka's. */
function presence(key: string, window: TimeRange, whole: TimeRange, bind: Bind): string {
  const { table, where } = compileQuery(has(key), window, bind, whole)
  return table === 'spans' ? where : 'true'
}
