import type { Query } from '@waybill/query-language'
import { keyTarget } from '@waybill/query-language'
import type { TimeRange } from '../time-range.ts'
import { relatedRange, startsBetween, startsWithin } from '../time-range.ts'
import type { Bind } from './bind.ts'

/** What a condition is compiled for: one row of a table, among those of a time range. */
export interface Scope {
  readonly bind: Bind
  /** `spans` has a row for each span, `messages` one for each message that a span handled. */
  readonly table: 'spans' | 'messages'
  /** Where the rows lie that are judged. */
  readonly range: TimeRange
  /** The range of the whole search, of which `range` may be a window. */
  readonly whole: TimeRange
  /** What else bounds the rows; none where it is undefined. */
  readonly bound?: string | undefined
  /** The bound of rows of the same traces, once compile/condition.ts knows which traces can match at all. */
  readonly sameTraces?: (() => string) | undefined
  /** Where related rows are looked for at all; as long before and after as the whole range is, if undefined. */
  readonly near?: Nearness | undefined
}

/** Related rows that lie near enough to be found at little cost: others are looked for only where these lack. */
export interface Nearness {
  readonly marginNano: bigint
  /** What bounds the rows of consumers. */
  readonly received: string
}

/** Eight zero bytes: the parent of a root. */
export const noSpan = "toFixedString('', 8)"

/** A span, and its parent, in eight bytes: sets hold many of them, and whole ids take ten times the memory. */
export const spanKey = 'cityHash64(trace_id, span_id)'
export const parentKey = 'cityHash64(trace_id, parent_span_id)'

/** Keys whose value belongs to a message, not to a span: a batch span has one for each of its messages. */
const messageKeys = new Set(['partition', 'offset', 'msgid', 'key', 'rk', 'size', 'attempts', 'wait', 'e2e'])
/** Keys that name the destination: they hold for a span and for each of its messages. */
const destinationKeys = new Set(['destination', 'topic', 'queue', 'exchange', 'dlq'])

/**
 * Which table can judge a condition: `message` needs a row of `messages`, `span` one of `spans`, and `both`
 * is answered by the columns that the two have in common.
 */
export type Place = 'message' | 'span' | 'both'

export function placeOf(query: Query): Place {
  switch (query.type) {
    case 'and':
    case 'or': {
      const places = query.items.map(placeOf)
      if (places.includes('span')) return 'span'
      return places.includes('message') ? 'message' : 'both'
    }
    case 'not':
      return placeOf(query.item)
    case 'compare':
    case 'in':
    case 'range':
    case 'has':
      return placeOfKey(query.key)
    case 'is':
      if (query.condition === 'unconsumed' || query.condition === 'redelivered') return 'message'
      return query.condition === 'batch' ? 'span' : 'both'
    case 'text':
      return 'span'
    default:
      return 'both'
  }
}

/** The condition needs a message: it is about one, and does not hold for spans that have none. */
export function needsMessage(query: Query): boolean {
  return placeOf(query) === 'message' && holdsForSome(query)
}

/** A part of the condition is about a message: other parts may need the span, but this one is judged by itself. */
export function isPartlyMessage(query: Query): boolean {
  if (query.type === 'and' || query.type === 'or') return query.items.some(isPartlyMessage)
  return query.type === 'not'
    ? isPartlyMessage(query.item)
    : placeOf(query) === 'message' || isAboutDestination(query)
}

function holdsForSome(query: Query): boolean {
  if (query.type === 'and') return query.items.some(item => needsMessage(item))
  return query.type === 'or' ? query.items.every(item => needsMessage(item)) : query.type !== 'not'
}

function placeOfKey(key: string): Place {
  if (messageKeys.has(key)) return 'message'
  const target = keyTarget(key)
  if (target.type === 'short') return target.key === 'event' ? 'span' : 'both'
  return target.name === 'service.name' && target.of !== 'event' && target.of !== 'span' ? 'both' : 'span'
}

/** The condition says where the message was: judged with the message where there is one, not with the span. */
export function isAboutDestination(query: Query): boolean {
  switch (query.type) {
    case 'and':
    case 'or':
      return query.items.some(isAboutDestination)
    case 'not':
      return isAboutDestination(query.item)
    case 'compare':
    case 'in':
    case 'range':
    case 'has':
      return destinationKeys.has(query.key)
    case 'is':
      return query.condition === 'dlq'
    default:
      return false
  }
}

/** The condition speaks of the whole trace: it stands in braces. */
export function isAboutTrace(query: Query): boolean {
  if (query.type === 'and' || query.type === 'or') return query.items.every(isAboutTrace)
  return query.type === 'not' ? isAboutTrace(query.item) : query.type === 'trace' || query.type === 'relation'
}

/** The condition is judged by the row alone: nothing else is selected for it. */
export function isPlain(query: Query): boolean {
  switch (query.type) {
    case 'and':
    case 'or':
      return query.items.every(isPlain)
    case 'not':
      return isPlain(query.item)
    case 'compare':
    case 'in':
    case 'range':
    case 'has':
      return query.key !== 'trace.dur' && query.key !== 'wait' && query.key !== 'e2e'
    case 'is':
      return (
        query.condition !== 'orphan' && query.condition !== 'unconsumed' && query.condition !== 'redelivered'
      )
    case 'trace':
    case 'relation':
      return false
    default:
      return true
  }
}

/** An attribute's value is looked up in the text index, which leaves few rows wherever they lie. */
export function isIndexed(query: Query): boolean {
  if (query.type === 'and') return query.items.some(isIndexed)
  if (query.type !== 'compare' || query.operator !== '=' || query.value.type === 'glob') return false
  return keyTarget(query.key).type === 'attribute'
}

/** Other spans of the traces that the scope's rows belong to, which may lie a while before or after. */
export function inSameTraces(scope: Scope): Scope {
  const range = relatedRange(scope.range, scope.whole, scope.near?.marginNano)
  return { ...scope, table: 'spans', range, bound: scope.sameTraces?.() }
}

/** Rows of any trace that may lie a while before or after the scope's rows. */
export function inAnyTrace(scope: Scope, table: Scope['table']): Scope {
  return {
    ...scope,
    table,
    range: relatedRange(scope.range, scope.whole, scope.near?.marginNano),
    bound: undefined,
    sameTraces: undefined,
  }
}

/** A selection of the scope's rows, always bounded in time. */
export function selectRows(columns: string, condition: string, scope: Scope): string {
  const bounds = (scope.table === 'spans' ? startsWithin : startsBetween)(scope.range, scope.bind)
  const where = [bounds, scope.bound ?? 'true', condition].filter(one => one !== 'true')
  return `SELECT ${columns} FROM ${scope.table} WHERE ${where.join(' AND ')}`
}

/** All conditions at once; true where there are none. */
export function all(conditions: readonly string[]): string {
  const real = conditions.filter(condition => condition !== 'true')
  if (real.length === 0) return 'true'
  return real.length === 1 ? String(real[0]) : `(${real.join(' AND ')})`
}

/** Any of the conditions; false where there are none. */
export function any(conditions: readonly string[]): string {
  if (conditions.length === 0) return 'false'
  return conditions.length === 1 ? String(conditions[0]) : `(${conditions.join(' OR ')})`
}
