import type { Query, RelationQuery } from '@waybill/query-language'
import { termsOf } from '@waybill/query-language'
import { minutesWithin, onDaysOf, relatedRange, timeOf } from '../time-range.ts'
import { compileFreeText } from './free-text.ts'
import { compileIs } from './is.ts'
import { compileKey } from './key.ts'
import { rowsThatWaited } from './message.ts'
import { compileRelation } from './relation.ts'
import type { Scope } from './scope.ts'
import {
  all,
  any,
  inSameTraces,
  isAboutDestination,
  isAboutTrace,
  isPartlyMessage,
  isPlain,
  needsMessage,
  placeOf,
  selectRows,
  spanKey,
} from './scope.ts'
import type { KeyQuery } from './value.ts'

/** A selection of rows: the table they are read from, and the condition on them, time aside. */
export interface Anchor {
  readonly scope: Scope
  readonly condition: string
}

/**
 * Compiles a query that is asked by itself. Where all of it stands in braces, the spans looked for are those
 * of the first braces; of a relation, those on its right.
 *
 * @param wanted the table whose rows are asked for; of `spans`, those of `messages` stand for them where a
 *   condition is about a message.
 */
export function compileAnchor(
  query: Query,
  scope: Omit<Scope, 'table'>,
  wanted: Scope['table'] = 'spans',
): Anchor {
  const terms = termsOf(query)
  const first = terms.every(isAboutTrace)
    ? terms.find(term => term.type === 'trace' || term.type === 'relation')
    : undefined
  const rest = terms.filter(term => term !== first)
  if (first?.type === 'trace') {
    const anchor = compileAnchor(first.query, scope, wanted)
    return { ...anchor, condition: all([anchor.condition, compileAll(rest, anchor.scope)]) }
  }
  const onRow = first === undefined ? rest : termsOf(first.right)
  const table = onRow.some(needsMessage) ? 'messages' : wanted
  const rows = {
    ...scope,
    table,
    sameTraces: scope.sameTraces ?? tracesOf(onRow, { ...scope, table }),
  } as const
  const conditions =
    first === undefined ? [compileAll(rest, rows)] : [relatedRows(first, rows), compileAll(rest, rows)]
  return { scope: rows, condition: all(conditions) }
}

/**
 * The bound of other spans in the traces of rows for which the plain terms hold: by the ids, and by the times,
 * which are the key of the table, from the first start of all those traces to their last end.
 */
function tracesOf(terms: readonly Query[], scope: Scope): () => string {
  let bound: string | undefined
  return () => {
    if (bound !== undefined) return bound
    const { bind, whole } = scope
    const ids = `(${selectRows('trace_id', compileAll(terms.filter(isPlain), scope), scope)})`
    const times = `(SELECT (min(start), max(greatest(start, end))) FROM traces WHERE ${onDaysOf(whole, bind)} AND trace_id IN ${ids})`
    const range = relatedRange(scope.range, whole)
    const from = `greatest(${times}.1, ${timeOf(range.startUnixNano, bind)})`
    const to = `least(${times}.2, ${timeOf(range.endUnixNano, bind)})`
    bound = all([
      ...minutesWithin(range, from, to),
      `start >= ${from} AND start <= ${to}`,
      `trace_id IN ${ids}`,
    ])
    return bound
  }
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
      return `trace_id IN (${selectSpans('trace_id', query.query, inSameTraces(scope))})`
    case 'relation':
      return `trace_id IN (${selectSpans('trace_id', query, inSameTraces(scope))})`
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
    `${spanKey} IN (${selectRows(spanKey, condition, messages)})`,
  ])
}

function compileForMessage(terms: readonly Query[], scope: Scope): string {
  const ofSpan = terms.filter(term => placeOf(term) === 'span' && !isPartlyMessage(term))
  const waits = terms.flatMap(term => (isWait(term) ? [term] : []))
  const own = terms.filter(term => !ofSpan.includes(term) && !isWait(term))
  const spans = { ...scope, table: 'spans' } as const
  const onRow = (some: readonly Query[]) => some.map(term => compileCondition(term, scope))
  const onSpan = (some: readonly Query[]) =>
    some.length === 0 ? [] : [`${spanKey} IN (${selectRows(spanKey, compileForSpan(some, spans), spans)})`]
  const conditions = [...onRow(own), ...onSpan(ofSpan)]
  if (waits.length === 0) return all(conditions)
  // A join names its siblings several times: of those with joins of their own the text would grow as a power
  const siblings = all([...onRow(own.filter(isPlain)), ...onSpan(ofSpan.filter(isPlain))])
  return all([...conditions, rowsThatWaited(waits, siblings, scope)])
}

function isWait(term: Query): term is KeyQuery {
  const hasKey = term.type === 'compare' || term.type === 'in' || term.type === 'range' || term.type === 'has'
  return hasKey && (term.key === 'wait' || term.key === 'e2e')
}

/** The condition that a row is one of those on the right of a relation. */
function relatedRows({ left, relation, right }: RelationQuery, scope: Scope): string {
  const causes = {
    select: (columns: string, among: Scope) => selectSpans(columns, left, among),
    // A condition that messages can judge themselves needs no set of spans
    onMessage: (among: Scope) =>
      isPlain(left) && placeOf(left) !== 'span' ? compileAll(termsOf(left), among) : undefined,
  }
  const consumers = termsOf(right).filter(
    term => isPlain(term) && placeOf(term) === 'both' && !isAboutDestination(term),
  )
  return all([
    compileAll(termsOf(right), scope),
    compileRelation(relation, causes, scope, messages => compileAll(consumers, messages)),
  ])
}
