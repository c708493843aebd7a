import type { Query } from '@waybill/query-language'
import { keyTarget } from '@waybill/query-language'
import { needsMessage } from './compile-scope.ts'
import type { TimeRange } from './time-range.ts'
import { newestFirst } from './time-range.ts'

/**
 * The windows that a search for the newest looks through, one after the other. What is found anywhere in the
 * range at the same cost is looked for at once.
 */
export function searchWindows(query: Query, range: TimeRange): readonly TimeRange[] {
  if (asksForOthers(query) || needsMessage(query)) return newestFirst(range, [1])
  return newestFirst(range, isIndexed(query) ? [16, 1] : [64, 8, 1])
}

/** Selections inside of the condition read around the range, whatever the window. */
function asksForOthers(query: Query): boolean {
  switch (query.type) {
    case 'and':
    case 'or':
      return query.items.some(asksForOthers)
    case 'not':
      return asksForOthers(query.item)
    case 'is':
      return ['orphan', 'unconsumed', 'redelivered', 'slow'].includes(query.condition)
    case 'trace':
    case 'relation':
      return true
    case 'compare':
    case 'in':
    case 'range':
    case 'has':
      return query.key === 'trace.dur' || query.key === 'wait' || query.key === 'e2e'
    default:
      return false
  }
}

/** An attribute's value is looked up in the text index. */
function isIndexed(query: Query): boolean {
  if (query.type === 'and') return query.items.some(isIndexed)
  if (query.type !== 'compare' || query.operator !== '=' || query.value.type === 'glob') return false
  return keyTarget(query.key).type === 'attribute'
}
