import { and } from './build.ts'
import { formatQuery } from './format.ts'
import type { Query } from './query.ts'

/** The terms of a query that must all hold: what is shown as chips. */
export function termsOf(query: Query): readonly Query[] {
  return query.type === 'and' ? query.items : query.type === 'every' ? [] : [query]
}

/** The query and one more term; the query itself where it has the term. */
export function withTerm(query: Query, term: Query): Query {
  return hasTerm(query, term) ? query : and([query, term])
}

/** The query without a term. */
export function withoutTerm(query: Query, term: Query): Query {
  const text = formatQuery(term)
  return and(termsOf(query).filter(item => formatQuery(item) !== text))
}

export function hasTerm(query: Query, term: Query): boolean {
  const text = formatQuery(term)
  return termsOf(query).some(item => formatQuery(item) === text)
}
