import type { CompareQuery, Query } from '@waybill/query-language'
import { and, compare, formatQuery, parseQuery, termsOf } from '@waybill/query-language'

/** The one service that a query asks for; undefined where it asks for none, several, or a pattern. */
export function serviceAsked(text: string): string | undefined {
  const services = termsOf(read(text)).filter(term => isExactly(term, 'service'))
  const [service] = services
  return services.length === 1 ? textOf(service) : undefined
}

/** The operation that a query asks for beside its service, as the name of a span. */
export function operationAsked(text: string): string | undefined {
  return textOf(termsOf(read(text)).find(term => isExactly(term, 'name')))
}

/** The query's text with an operation in place of the one that it asked for, or without it where it is the same. */
export function toggleOperation(text: string, name: string): string {
  const others = termsOf(read(text)).filter(term => !isExactly(term, 'name'))
  return formatQuery(and(operationAsked(text) === name ? others : [...others, compare('name', '=', name)]))
}

function isExactly(term: Query, key: string): term is CompareQuery {
  return term.type === 'compare' && term.key === key && term.operator === '=' && term.value.type === 'text'
}

function textOf(term: Query | undefined): string | undefined {
  return term?.type === 'compare' && term.value.type === 'text' ? term.value.text : undefined
}

/** What cannot be read asks for nothing. */
function read(text: string): Query {
  try {
    return parseQuery(text)
  } catch {
    return and([])
  }
}
