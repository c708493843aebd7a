import type { Query } from '@waybill/query-language'
import { keyTarget } from '@waybill/query-language'
import type { Bind } from '../compile/bind.ts'
import { compileAnchor } from '../compile/condition.ts'
import type { Asked } from '../cost.ts'

/** Keys whose values are columns of `operations` as they are of `spans`. */
const operationKeys = new Set([
  'service',
  'name',
  'kind',
  'system',
  'destination',
  'topic',
  'queue',
  'exchange',
  'group',
  'op',
])

/** Every operation tells by itself whether the query holds for its spans. */
export function isOfOperations(query: Query): boolean {
  return names(query, key => operationKeys.has(key) || isService(key))
}

/** Every service tells by itself whether the query holds for its spans. */
export function isOfService(query: Query): boolean {
  return names(query, isService)
}

/** The condition on rows of `operations`; of a query on services alone, also on other tables that have them. */
export function onOperations({ query, range }: Asked, bind: Bind): string {
  return compileAnchor(query, { bind, range, whole: range }).condition
}

function names(query: Query, isKnown: (key: string) => boolean): boolean {
  switch (query.type) {
    case 'every':
      return true
    case 'and':
    case 'or':
      return query.items.every(item => names(item, isKnown))
    case 'not':
      return names(query.item, isKnown)
    case 'compare':
    case 'in':
    case 'has':
      return isKnown(query.key)
    default:
      return false
  }
}

function isService(key: string): boolean {
  if (key === 'service') return true
  const target = keyTarget(key)
  return (
    target.type === 'attribute' &&
    target.name === 'service.name' &&
    (target.of === 'any' || target.of === 'resource')
  )
}
