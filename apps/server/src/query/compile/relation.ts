import type { RelationName } from '@waybill/query-language'
import { startsBetween } from '../time-range.ts'
import type { Scope } from './scope.ts'
import { inAnyTrace, inSameTraces, noSpan, parentKey, selectRows, spanKey } from './scope.ts'
import { messageRow, ties } from './ties.ts'

/** How far down descendants are followed. */
const deepest = 100

/** The left side of a relation. */
export interface Causes {
  /** SQL that selects columns of its spans, among the rows of a scope. */
  readonly select: (columns: string, scope: Scope) => string
  /** The same as a condition on a row of `messages`, where it can be one. */
  readonly onMessage: (scope: Scope) => string | undefined
}

/**
 * SQL of the condition that a span stands in a relation to one of the spans on the left.
 *
 * @param consumers what is known of the span itself, as a condition on its rows of `messages`: fewer are looked at.
 */
export function compileRelation(
  relation: RelationName,
  causes: Causes,
  scope: Scope,
  consumers: (messages: Scope) => string,
): string {
  switch (relation) {
    case 'child': {
      const parents = causes.select(spanKey, inSameTraces(scope))
      return `(parent_span_id != ${noSpan} AND ${parentKey} IN (${parents}))`
    }
    case 'descendant':
      return `(parent_span_id != ${noSpan} AND ${spanKey} IN (${descendants(causes, inSameTraces(scope))}))`
    case 'link': {
      const linked = causes.select(spanKey, inAnyTrace(scope, 'spans'))
      const linking = `${startsBetween(scope.range, scope.bind)} AND cityHash64(linked_trace_id, linked_span_id) IN (${linked})`
      return `${spanKey} IN (SELECT ${spanKey} FROM links WHERE ${linking})`
    }
    case 'message': {
      const messages = inAnyTrace(scope, 'messages')
      const condition =
        causes.onMessage(messages) ?? `${spanKey} IN (${causes.select(spanKey, inAnyTrace(scope, 'spans'))})`
      const among = { ...scope, table: 'messages' } as const
      const received = { scope: among, condition: consumers(among) }
      const [key, column] =
        scope.table === 'messages'
          ? [messageRow, 'received.row']
          : [spanKey, 'cityHash64(received.trace_id, received.span_id)']
      return `${key} IN (${ties(column, { scope: messages, condition }, received, 'received')})`
    }
  }
}

/**
 * Spans below others, by levels: each step finds the children of the last. A span that is its own ancestor
 * ends at the deepest level.
 */
function descendants(causes: Causes, scope: Scope): string {
  const children = selectRows('trace_id, span_id, parent_span_id', `parent_span_id != ${noSpan}`, scope)
  return (
    `WITH RECURSIVE below AS (` +
    `SELECT trace_id, span_id, 0 AS level FROM (${causes.select('trace_id, span_id', scope)}) ` +
    `UNION ALL SELECT child.trace_id, child.span_id, below.level + 1 FROM (${children}) AS child ` +
    `INNER JOIN below ON child.trace_id = below.trace_id AND child.parent_span_id = below.span_id ` +
    `WHERE below.level < ${deepest}) SELECT ${spanKey} FROM below WHERE level > 0`
  )
}
