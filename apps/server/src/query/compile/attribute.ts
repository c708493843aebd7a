import type { KeyTarget } from '@waybill/query-language'
import { relatedRange, timeOf } from '../time-range.ts'
import type { Bind } from './bind.ts'
import type { Scope } from './scope.ts'
import { all, any } from './scope.ts'
import type { KeyQuery } from './value.ts'
import { compareFloat, compareText } from './value.ts'

type Owner = Extract<KeyTarget, { type: 'attribute' }>['of']

/** SQL of a condition on an attribute, of the span, its resource or its events as `of` says. */
export function compileAttribute(query: KeyQuery, name: string, of: Owner, scope: Scope): string {
  const { bind } = scope
  const places: string[] = []
  if (of === 'any' || of === 'span') places.push(onSpan(query, name, bind))
  if (of === 'any' || of === 'resource') places.push(onResource(query, name, scope))
  // Exceptions are events with attributes of these names (semantic conventions, exceptions)
  if (of === 'event' || (of === 'any' && name.startsWith('exception.')))
    places.push(`arrayExists(attributes -> ${onMap('attributes', query, name, bind)}, events.attributes)`)
  return any(places)
}

/** What equals a text is answered by the text index over `key=value`; all else reads the attributes. */
function onSpan(query: KeyQuery, name: string, bind: Bind): string {
  if (query.type === 'compare' && query.operator === '=' && query.value.type !== 'glob')
    return `has(items, ${bind(`${name}=${query.value.text}`, 'String')})`
  if (query.type === 'in' && query.values.every(value => value.type !== 'glob')) {
    const items = query.values.map(value => `${name}=${value.text}`)
    return `hasAny(items, ${bind(items, 'Array(String)')})`
  }
  return onMap('attributes', query, name, bind)
}

function onResource(query: KeyQuery, name: string, scope: Scope): string {
  return `resource IN (SELECT id FROM resources WHERE ${resourcesOf(scope)} AND ${resourceHas(query, name, scope.bind)})`
}

/** The condition on rows of `resources` that their spans may lie in the scope's range. */
export function resourcesOf({ bind, range, whole }: Pick<Scope, 'bind' | 'range' | 'whole'>): string {
  return `last_seen >= ${timeOf(relatedRange(range, whole).startUnixNano, bind)}`
}

/** The condition that a row of `resources` has an attribute as the query says. */
export function resourceHas(query: KeyQuery, name: string, bind: Bind): string {
  return onMap('attributes', query, name, bind)
}

/** A condition on a map of attributes. Absent is told apart from empty where it matters. */
function onMap(map: string, query: KeyQuery, name: string, bind: Bind): string {
  const key = bind(name, 'String')
  const value = `${map}[${key}]`
  const present = `mapContains(${map}, ${key})`
  if (query.type === 'has') return present
  if (query.type === 'range' && query.from.type === 'number')
    return compareFloat(`toFloat64OrNull(${value})`, query, bind)
  if (query.type !== 'compare' || query.operator === '=' || query.operator === '~') {
    const empty = query.type === 'compare' && query.value.text === ''
    return empty ? all([present, compareText(value, query, bind)]) : compareText(value, query, bind)
  }
  if (query.operator === '!=' || query.operator === '!~') {
    const opposite = { ...query, operator: query.operator === '!=' ? '=' : '~' } as const
    return all([present, `NOT (${compareText(value, opposite, bind)})`])
  }
  return compareFloat(`toFloat64OrNull(${value})`, query, bind)
}
