import { WaybillError } from '@waybill/model'
import type {
  CompareOperator,
  CompareQuery,
  HasQuery,
  InQuery,
  RangeQuery,
  Value,
} from '@waybill/query-language'
import type { Bind } from './bind.ts'
import { checkedExpression, likePattern } from './pattern.ts'
import { all, any } from './scope.ts'

/** A condition on one key. */
export type KeyQuery = CompareQuery | InQuery | RangeQuery | HasQuery

const largestInt64 = 2n ** 63n - 1n

/**
 * A condition on SQL that is a text, the empty one where there is nothing. `!=` and `!~` hold only where there
 * is something.
 */
export function compareText(expression: string, query: KeyQuery, bind: Bind): string {
  if (query.type === 'has') return `${expression} != ''`
  if (query.type === 'range') return compareText(expression, asComparison(query), bind)
  if (query.type === 'in') {
    const globs = query.values.filter(value => value.type === 'glob')
    const texts = query.values.filter(value => value.type !== 'glob').map(value => value.text)
    const listed = texts.length === 0 ? [] : [`${expression} IN ${bind(texts, 'Array(String)')}`]
    return any([...listed, ...globs.map(glob => equals(expression, glob, bind))])
  }
  const { operator, value } = query
  switch (operator) {
    case '=':
      return equals(expression, value, bind)
    case '!=':
      return all([`${expression} != ''`, `NOT (${equals(expression, value, bind)})`])
    case '~':
      return matches(expression, value, bind)
    case '!~':
      return all([`${expression} != ''`, `NOT ${matches(expression, value, bind)}`])
    default:
      throw new WaybillError('BAD_QUERY', `"${query.key}" has no order: "${operator}" does not suit it`)
  }
}

function equals(expression: string, value: Value, bind: Bind): string {
  if (value.type === 'glob') return `${expression} LIKE ${bind(likePattern(value), 'String')}`
  return `${expression} = ${bind(value.text, 'String')}`
}

function matches(expression: string, value: Value, bind: Bind): string {
  return `match(${expression}, ${bind(checkedExpression(value.text), 'String')})`
}

/** A range of a text's values is the text `from..to` itself. */
function asComparison({ key, from, to }: RangeQuery): CompareQuery {
  return { type: 'compare', key, operator: '=', value: { type: 'text', text: `${from.text}..${to.text}` } }
}

/** A condition on SQL that is a whole number: nanoseconds, bytes or a count, as the value says. */
export function compareNumber(
  expression: string,
  query: CompareQuery | InQuery | RangeQuery,
  bind: Bind,
): string {
  const number = (value: Value) => bind(wholeNumber(query.key, value), 'Int64')
  if (query.type === 'range') return `${expression} BETWEEN ${number(query.from)} AND ${number(query.to)}`
  if (query.type === 'in') return any(query.values.map(value => `${expression} = ${number(value)}`))
  return `${expression} ${orderOperator(query.operator, query.key)} ${number(query.value)}`
}

/** As {@link compareNumber}, of SQL that is a Float64 or NULL; NULL does not hold. */
export function compareFloat(expression: string, query: CompareQuery | RangeQuery, bind: Bind): string {
  const number = (value: Value) => {
    if (value.type !== 'number') throw new WaybillError('BAD_QUERY', `Expected a number for "${query.key}"`)
    return bind(value.number, 'Float64')
  }
  const condition =
    query.type === 'range'
      ? `${expression} BETWEEN ${number(query.from)} AND ${number(query.to)}`
      : `${expression} ${orderOperator(query.operator, query.key)} ${number(query.value)}`
  return `ifNull(${condition}, false)`
}

/** One of a closed list, so that what goes into SQL is never the query's own text. */
function orderOperator(operator: CompareOperator, key: string): string {
  switch (operator) {
    case '=':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return operator
    default:
      throw new WaybillError('BAD_QUERY', `"${key}" is a number: "${operator}" does not suit it`)
  }
}

/** The whole number of a value as decimal text, within the bounds of an Int64. */
function wholeNumber(key: string, value: Value): string {
  // As a number a duration may be infinite.
  if (value.type === 'duration') return clamp(BigInt(Math.min(Math.max(value.nano, -(2 ** 63)), 2 ** 63)))
  if (value.type === 'size') return clamp(BigInt(value.bytes))
  if (/^-?\d+$/.test(value.text)) return clamp(BigInt(value.text))
  if (value.type === 'number') return clamp(BigInt(Math.round(value.number)))
  throw new WaybillError(
    'BAD_QUERY',
    `Expected a number for "${key}", not ${JSON.stringify(value.text.slice(0, 80))}`,
  )
}

function clamp(number: bigint): string {
  return String(number > largestInt64 ? largestInt64 : number < -largestInt64 ? -largestInt64 : number)
}
