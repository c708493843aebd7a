import type { Query } from '@waybill/query-language'
import { has, keyTarget } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import { compileQuery, statement } from './compile.ts'
import type { Bind } from './compile-bind.ts'
import { textColumnOf } from './compile-key.ts'
import { containsPattern } from './compile-pattern.ts'
import { any, spanKey } from './compile-scope.ts'
import type { Asked } from './cost.ts'
import { ask } from './cost.ts'
import type { TimeRange } from './time-range.ts'
import { newestFirst, relatedRange, startsWithin, timeOf } from './time-range.ts'

/** A value that is stored, and how many of the spans looked at have it. */
export interface Stored {
  readonly value: string
  readonly count: number
}

/** So many values end the search for more, further back in time. */
const enough = 20
const mostValues = 50
/** Spans whose attributes are looked at, in each window of time. */
const mostSpans = 5000

/** Names of attributes that spans of a query have, with a part that begins as typed; the most frequent first. */
export async function storedKeys(reader: Reader, typed: string, asked: Asked): Promise<readonly string[]> {
  const seen = await collect(reader, asked, (window, bind) => {
    const attributes = `SELECT mapKeys(attributes) AS names FROM spans WHERE ${spansWhere(asked.query, window, asked.range, bind)} ORDER BY start DESC LIMIT ${mostSpans}`
    return `SELECT arrayJoin(names) AS value, count() AS spans FROM (${attributes}) GROUP BY value HAVING ${hasPart('value', typed, bind)} ${mostFirst}`
  })
  const resources = statement(bind => {
    const since = timeOf(relatedRange(asked.range).startUnixNano, bind)
    return `SELECT DISTINCT arrayJoin(mapKeys(attributes)) AS value FROM resources WHERE last_seen >= ${since} AND ${hasPart('value', typed, bind)} ORDER BY value LIMIT ${mostValues}`
  })
  const ofResources = await ask<{ readonly value: string }>(reader, resources, asked)
  return [...new Set([...seen.map(({ value }) => value), ...ofResources.map(({ value }) => value)])]
}

/** Values of a key, among spans of a query, that hold what was typed; the most frequent first. */
export async function storedValues(
  reader: Reader,
  key: string,
  typed: string,
  asked: Asked,
): Promise<readonly Stored[]> {
  const target = keyTarget(key)
  const column = target.type === 'short' ? textColumnOf(target.key) : undefined
  if (target.type === 'short' && column === undefined) return []
  return await collect(reader, asked, (window, bind) => {
    const where = spansWhere(asked.query, window, asked.range, bind)
    const name = target.type === 'attribute' ? bind(target.name, 'String') : ''
    const rows =
      column === undefined
        ? `SELECT attributes[${name}] AS value FROM spans WHERE ${where} AND mapContains(attributes, ${name})`
        : `SELECT ${column} AS value FROM spans WHERE ${where} AND ${presence(key, window, asked.range, bind)}`
    return `SELECT value, count() AS spans FROM (${rows}) WHERE value != '' AND ${holds('value', typed, bind)} GROUP BY value ${mostFirst}`
  })
}

const mostFirst = `ORDER BY spans DESC, value LIMIT ${mostValues}`

/** Looks further and further back, until there are enough values. */
async function collect(
  reader: Reader,
  asked: Asked,
  write: (window: TimeRange, bind: Bind) => string,
): Promise<readonly Stored[]> {
  const counts = new Map<string, number>()
  for (const window of newestFirst(asked.range, [1 / 64, 1 / 8, 1])) {
    const rows = await ask<{ readonly value: string; readonly spans: string }>(
      reader,
      statement(bind => write(window, bind)),
      asked,
    )
    for (const { value, spans } of rows) counts.set(value, (counts.get(value) ?? 0) + Number(spans))
    if (counts.size >= enough) break
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count)
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

function holds(expression: string, typed: string, bind: Bind): string {
  return typed === '' ? 'true' : `${expression} ILIKE ${bind(containsPattern(typed), 'String')}`
}

/** `status` is the last part of `http.response.status_code`: names are made of parts by dots and underscores. */
function hasPart(expression: string, typed: string, bind: Bind): string {
  if (typed === '') return 'true'
  const start = containsPattern(typed).slice(1)
  return any(['', '%.', '%\\_'].map(before => `${expression} ILIKE ${bind(before + start, 'String')}`))
}
