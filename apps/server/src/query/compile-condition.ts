import type { Query } from '@waybill/query-language'
import { termsOf } from '@waybill/query-language'
import { compileFreeText } from './compile-free-text.ts'
import { compileIs } from './compile-is.ts'
import { compileKey } from './compile-key.ts'
import { rowsThatWaited } from './compile-message.ts'
import { compileRelation } from './compile-relation.ts'
import type { Scope } from './compile-scope.ts'
import {
  all,
  any,
  isAboutDestination,
  isAboutTrace,
  needsMessage,
  placeOf,
  relatedScope,
  selectRows,
} from './compile-scope.ts'
import type { KeyQuery } from './compile-value.ts'

/** A selection of rows: the table they are read from, and the condition on them, time aside. */
export interface Anchor {
  readonly scope: Scope
  readonly condition: string
}

/**
 * Compiles a query that is asked by itself. Where all of it stands in braces, the spans looked for are those
 * of the first braces; of a relation, those on its right.
 */
export function compileAnchor(query: Query, scope: Omit<Scope, 'table'>): Anchor {
  const terms = termsOf(query)
  const first = terms.every(isAboutTrace)
    ? terms.find(term => term.type === 'trace' || term.type === 'relation')
    : undefined
  if (first === undefined) {
    const table = terms.some(needsMessage) ? 'messages' : 'spans'
    return { scope: { ...scope, table }, condition: compileAll(terms, { ...scope, table }) }
  }
  const anchor =
    first.type === 'trace'
      ? compileAnchor(first.query, scope)
      : {
          scope: { ...scope, table: 'spans' as const },
          condition: relatedRows(first, { ...scope, table: 'spans' }),
        }
  const rest = terms.filter(term => term !== first)
  return { ...anchor, condition: all([anchor.condition, compileAll(rest, anchor.scope)]) }
}

/** SQL that selects `columns` of the spans for which a query holds; bounded in time. */
export function selectSpans(columns: string, query: Query, scope: Omit<Scope, 'table'>): string {
  const anchor = compileAnchor(query, scope)
  return selectRows(columns, anchor.condition, anchor.scope)
}

/** SQL of a condition on one row of the scope's table. */
function compileCondition(query: Query, scope: Scope): string {
  switch (query.type) {
    case 'every':
      return 'true'
    case 'and':
      return compileAll(query.items, scope)
    case 'or':
      return any(query.items.map(item => compileAll([item], scope)))
    case 'not':
      return `NOT (${compileAll([query.item], scope)})`
    case 'text':
      return compileFreeText(query, scope.bind)
    case 'is':
      return compileIs(query.condition, scope)
    case 'trace':
      return `trace_id IN (${selectSpans('trace_id', query.query, relatedScope(scope, 'spans'))})`
    case 'relation': {
      const related = relatedScope(scope, 'spans')
      return `trace_id IN (${selectRows('trace_id', relatedRows(query, related), related)})`
    }
    default:
      return compileKey(query, scope)
  }
}

/**
 * Compiles conditions that must hold together. Those that the scope's own table cannot judge are put into
 * one selection from the other table, so that conditions on a message are about one and the same message.
 */
function compileAll(terms: readonly Query[], scope: Scope): string {
  return scope.table === 'spans' ? compileForSpan(terms, scope) : compileForMessage(terms, scope)
}

function compileForSpan(terms: readonly Query[], scope: Scope): string {
  if (!terms.some(needsMessage)) return all(terms.map(term => compileCondition(term, scope)))
  const judgedThere = terms.filter(term => placeOf(term) !== 'span' && !isAboutTrace(term))
  const judgedHere = terms.filter(term => placeOf(term) !== 'message' && !isAboutDestination(term))
  const messages = { ...scope, table: 'messages' } as const
  const condition = compileForMessage(judgedThere, messages)
  return all([
    ...judgedHere.map(term => compileCondition(term, scope)),
    `(trace_id, span_id) IN (${selectRows('trace_id, span_id', condition, messages)})`,
  ])
}

function compileForMessage(terms: readonly Query[], scope: Scope): string {
  const ofSpan = terms.filter(term => placeOf(term) === 'span')
  const waits = terms.flatMap(term => (isWait(term) ? [term] : []))
  const plain = terms.filter(term => !ofSpan.includes(term) && !isWait(term))
  const conditions = plain.map(term => compileCondition(term, scope))
  if (ofSpan.length > 0) {
    const spans = { ...scope, table: 'spans' } as const
    conditions.push(
      `(trace_id, span_id) IN (${selectRows('trace_id, span_id', compileForSpan(ofSpan, spans), spans)})`,
    )
  }
  const siblings = all(conditions)
  return waits.length === 0 ? siblings : all([...conditions, rowsThatWaited(waits, siblings, scope)])
}

function isWait(term: Query): term is KeyQuery {
  const hasKey = term.type === 'compare' || term.type === 'in' || term.type === 'range' || term.type === 'has'
  return hasKey && (term.key === 'wait' || term.key === 'e2e')
}

/** The condition that a row is one of those on the right of a relation. */
function relatedRows(query: Extract<Query, { type: 'relation' }>, scope: Scope): string {
  const left = (columns: string, leftScope: Scope) => selectSpans(columns, query.left, leftScope)
  return all([compileAll(termsOf(query.right), scope), compileRelation(query.relation, left, scope)])
}
