import type { CompareQuery, Query } from '@waybill/query-language'
import { and, keyTarget, termsOf } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { resourceHas, resourcesOf } from '../compile/attribute.ts'
import { statement } from '../compile/compile.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'

/**
 * A query whose attributes are looked for on spans alone where no resource has them: the engine answers that from
 * its index in half the time. Few resources are stored, and one short statement asks them all.
 */
export async function withOwners(reader: Reader, asked: Asked): Promise<Query> {
  const terms = termsOf(asked.query)
  const attributes = terms.filter(isOfAny)
  if (attributes.length === 0) return asked.query
  const [row] = await ask<Readonly<Record<string, number>>>(
    reader,
    statement(bind => {
      const { range } = asked
      const found = attributes.map(
        (term, place) => `max(${resourceHas(term, nameOf(term), bind)}) AS has${place}`,
      )
      return `SELECT ${found.join(', ')} FROM resources WHERE ${resourcesOf({ bind, range, whole: range })}`
    }),
    asked,
  )
  return and(
    terms.map(term => {
      const place = attributes.indexOf(term as CompareQuery)
      return place === -1 || row?.[`has${place}`] === 1 ? term : onSpan(term)
    }),
  )
}

/** The value of an attribute that a span or its resource may have; one of an exception may be an event's too. */
function isOfAny(term: Query): term is CompareQuery {
  if (term.type !== 'compare' || term.operator !== '=' || term.value.type === 'glob') return false
  const target = keyTarget(term.key)
  if (target.type !== 'attribute' || target.of !== 'any') return false
  return target.name !== 'service.name' && !target.name.startsWith('exception.')
}

function nameOf(term: CompareQuery): string {
  const target = keyTarget(term.key)
  return target.type === 'attribute' ? target.name : term.key
}

function onSpan(term: Query): Query {
  return term.type === 'compare' ? { ...term, key: `span.${nameOf(term)}` } : term
}
