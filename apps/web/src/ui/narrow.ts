import type { Query } from '@waybill/query-language'
import {
  formatQuery,
  hasTerm,
  not,
  parseQuery,
  termsOf,
  withoutTerm,
  withTerm,
} from '@waybill/query-language'

/** Whether a query's text asks for a term, as one of those that must all hold. */
export function asksFor(text: string, term: string): boolean {
  const query = read(text)
  const wanted = read(term)
  return query !== undefined && wanted !== undefined && hasTerm(query, wanted)
}

/** The terms that must all hold, each as text; none where the text cannot be read. */
export function termTexts(text: string): readonly string[] {
  const query = read(text)
  return query === undefined ? [] : termsOf(query).map(formatQuery)
}

/** The query's text with a term more, or without it where it was there. The term's opposite makes room. */
export function toggleTerm(text: string, term: string): string {
  const query = read(text)
  const wanted = read(term)
  if (query === undefined || wanted === undefined) return `${text} ${term}`.trim()
  if (hasTerm(query, wanted)) return formatQuery(withoutTerm(query, wanted))
  return formatQuery(withTerm(withoutTerm(query, not(wanted)), wanted))
}

/** The query's text with a term more; where the text cannot be read, the term follows it. */
export function narrow(text: string, term: Query): string {
  const query = read(text)
  if (query === undefined) return `${text} ${formatQuery(term)}`.trim()
  return formatQuery(withTerm(withoutTerm(query, not(term)), term))
}

function read(text: string): Query | undefined {
  try {
    return parseQuery(text)
  } catch {
    return undefined
  }
}
