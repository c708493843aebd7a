import type { CompareOperator, Condition, Magnitude, Query, RelationName, Value } from './query.ts'
import { durationValue, textValue } from './values.ts'

/** Holds for every span. */
export const every: Query = { type: 'every' }

/** All of `items`. Nested conjunctions become one, and what always holds is left out. */
export function and(items: readonly Query[]): Query {
  const flat = items.flatMap(item => (item.type === 'and' ? item.items : item.type === 'every' ? [] : [item]))
  const [first] = flat
  if (first === undefined) return every
  return flat.length === 1 ? first : { type: 'and', items: flat }
}

/** Any of `items`; nothing at all where there are none. */
export function or(items: readonly Query[]): Query {
  const flat = items.flatMap(item => (item.type === 'or' ? item.items : [item]))
  if (flat.some(item => item.type === 'every')) return every
  const [first] = flat
  if (first === undefined) return not(every)
  return flat.length === 1 ? first : { type: 'or', items: flat }
}

/** The opposite; of an opposite, the query itself. */
export function not(item: Query): Query {
  return item.type === 'not' ? item.item : { type: 'not', item }
}

/**
 * A comparison. A string stands for exactly that text, whatever characters it holds.
 *
 * @example and([compare('service', '=', 'shop'), compare('dur', '>', durationValue(250e6))])
 */
export function compare(key: string, operator: CompareOperator, value: string | Value): Query {
  return { type: 'compare', key, operator, value: typeof value === 'string' ? textValue(value) : value }
}

/** `key` is one of `values`; nothing at all where there are none. */
export function isIn(key: string, values: readonly (string | Value)[]): Query {
  if (values.length === 0) return or([])
  const all = values.map(value => (typeof value === 'string' ? textValue(value) : value))
  return { type: 'in', key, values: all }
}

/** Spans whose duration lies between the two, nanoseconds, both included; either may be absent. */
export function durationBetween(minNano: number | undefined, maxNano: number | undefined): Query {
  return and([
    ...(minNano === undefined ? [] : [compare('dur', '>=', durationValue(minNano))]),
    ...(maxNano === undefined ? [] : [compare('dur', '<=', durationValue(maxNano))]),
  ])
}

/** `key` lies between the two, both included. */
export function between(key: string, from: Magnitude, to: Magnitude): Query {
  return { type: 'range', key, from, to }
}

/** The span says something of `key`. */
export function has(key: string): Query {
  return { type: 'has', key }
}

/** `is:condition`. */
export function is(condition: Condition): Query {
  return { type: 'is', condition }
}

/** A text that stands somewhere in the span. */
export function freeText(text: string): Query {
  return { type: 'text', value: textValue(text) }
}

/** The trace has a span for which `query` holds. */
export function inTrace(query: Query): Query {
  return query.type === 'trace' ? query : { type: 'trace', query }
}

/** Spans for which `right` holds and which stand in `relation` to one for which `left` holds. */
export function related(left: Query, relation: RelationName, right: Query): Query {
  return { type: 'relation', relation, left, right }
}
