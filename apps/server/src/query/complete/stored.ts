import type { ShortKey } from '@waybill/query-language'
import { has, keyMeaning, keyTarget } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { statement } from '../compile/compile.ts'
import { textColumnOf } from '../compile/key.ts'
import { containsPattern } from '../compile/pattern.ts'
import { all, any } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import { isOfOperations, isOfService, onOperations } from '../counts/operation-condition.ts'
import { onDaysOf } from '../time-range.ts'
import type { Stored } from './scan.ts'
import { mostFirst, scanKeys, scanValues } from './scan.ts'

/**
 * Names of attributes that spans of a query or their resources have, with a part that begins as typed; the most
 * frequent first.
 */
export async function storedKeys(reader: Reader, typed: string, asked: Asked): Promise<readonly string[]> {
  const known = isOfService(asked.query)
    ? await counted(reader, asked, bind => {
        const where = [onDaysOf(asked.range, bind), onOperations(asked, bind), hasPart('key', typed, bind)]
        return `SELECT key AS value, sum(spans) AS number FROM attribute_keys WHERE ${all(where)} GROUP BY value ${mostFirst}`
      })
    : await scanKeys(reader, asked, bind => hasPart('value', typed, bind))
  return known.map(({ value }) => value)
}

/**
 * Values of a key, among spans of a query, that hold what was typed; the most frequent first. They come from what
 * was counted as spans were stored, where that can tell; else a part of the spans themselves is looked at.
 */
export async function storedValues(
  reader: Reader,
  key: string,
  typed: string,
  asked: Asked,
): Promise<readonly Stored[]> {
  const target = keyTarget(key)
  const column = target.type === 'short' ? textColumnOf(target.key) : undefined
  if (target.type === 'short' && column === undefined) return []
  if (column !== undefined && isOfOperations(has(key)) && isOfOperations(asked.query))
    return await ofOperations(reader, key, column, typed, asked)
  if (isOfService(asked.query)) {
    const sampled = await sampledValues(reader, key, typed, asked)
    if (sampled.length > 0) return sampled
  }
  return await scanValues(reader, key, column, asked, bind => holds('value', typed, bind))
}

async function ofOperations(
  reader: Reader,
  key: string,
  column: string,
  typed: string,
  asked: Asked,
): Promise<readonly Stored[]> {
  return await counted(reader, asked, bind => {
    const present = onOperations({ ...asked, query: has(key) }, bind)
    const where = [onDaysOf(asked.range, bind), 'rest = 0', onOperations(asked, bind), present]
    return (
      `SELECT ${column} AS value, sum(spans) AS number FROM operations ` +
      `WHERE ${all([...where, `${column} != ''`, holds(column, typed, bind)])} GROUP BY value ${mostFirst}`
    )
  })
}

/** Short keys whose values are those of attributes, and nothing else. */
const attributeKeys: readonly ShortKey[] = ['client', 'cluster', 'key', 'msgid', 'rk', 'partition']

/** Names of the attributes whose values a key has; none where it has those of something else. */
function attributesOf(key: string): readonly string[] {
  const target = keyTarget(key)
  if (target.type === 'attribute') return target.of === 'event' ? [] : [target.name]
  return attributeKeys.includes(target.key) ? (keyMeaning(key).attributes ?? []) : []
}

async function sampledValues(
  reader: Reader,
  key: string,
  typed: string,
  asked: Asked,
): Promise<readonly Stored[]> {
  const names = attributesOf(key)
  if (names.length === 0) return []
  const target = keyTarget(key)
  const of = target.type === 'attribute' ? target.of : 'any'
  return await counted(reader, asked, bind => {
    const where = [
      onDaysOf(asked.range, bind),
      onOperations(asked, bind),
      `key IN (${names.map(name => bind(name, 'String')).join(', ')})`,
      of === 'any' ? 'true' : `of_resource = ${of === 'resource' ? 1 : 0}`,
    ]
    const samples =
      `SELECT groupArraySampleMerge(200, 1)(sampled) AS found, sum(spans) / length(found) AS each ` +
      `FROM attribute_keys WHERE ${all(where)} GROUP BY service`
    return (
      `SELECT one AS value, round(sum(each)) AS number FROM (${samples}) ARRAY JOIN found AS one ` +
      `WHERE ${holds('one', typed, bind)} GROUP BY value ${mostFirst}`
    )
  })
}
/** Asks a statement that gives values and their numbers. */
async function counted(
  reader: Reader,
  asked: Asked,
  write: (bind: Bind) => string,
): Promise<readonly Stored[]> {
  const rows = await ask<{ readonly value: string; readonly number: string }>(reader, statement(write), asked)
  return rows.map(({ value, number }) => ({ value, count: Number(number) }))
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
