import type { RelationName } from '@waybill/query-language'
import type { Scope } from './compile-scope.ts'
import { noSpan, relatedScope } from './compile-scope.ts'
import { ties } from './compile-ties.ts'
import { startsWithin } from './time-range.ts'

/** How far down descendants are followed. */
const deepest = 100

/**
 * SQL of the condition that a span stands in a relation to one of the spans on the left.
 *
 * @param left gives SQL that selects columns of the spans on the left, among the rows of a scope.
 */
export function compileRelation(
  relation: RelationName,
  left: (columns: string, scope: Scope) => string,
  scope: Scope,
): string {
  const causes = relatedScope(scope, 'spans')
  const spans = left('trace_id, span_id', causes)
  switch (relation) {
    case 'child':
      return `(parent_span_id != ${noSpan} AND (trace_id, parent_span_id) IN (${spans}))`
    case 'descendant':
      return `(parent_span_id != ${noSpan} AND (trace_id, span_id) IN (${descendants(spans, causes)}))`
    case 'link':
      return (
        `(trace_id, span_id) IN (SELECT trace_id, span_id FROM links ` +
        `WHERE ${startsWithin(scope.range, scope.bind)} AND (linked_trace_id, linked_span_id) IN (${spans}))`
      )
    case 'message': {
      const sent = { scope: relatedScope(scope, 'messages'), condition: `(trace_id, span_id) IN (${spans})` }
      const received = { scope: { ...scope, table: 'messages' } as const, condition: 'true' }
      return `(trace_id, span_id) IN (${ties('received.trace_id, received.span_id', sent, received)})`
    }
  }
}

/**
 * Spans below others, by levels: each step finds the children of the last. A span that is its own ancestor
 * ends at the deepest level.
 */
function descendants(spans: string, scope: Scope): string {
  return (
    `WITH RECURSIVE below AS (` +
    `SELECT trace_id, span_id, 0 AS level FROM (${spans}) ` +
    `UNION ALL SELECT child.trace_id, child.span_id, below.level + 1 FROM spans AS child ` +
    `INNER JOIN below ON child.trace_id = below.trace_id AND child.parent_span_id = below.span_id ` +
    `WHERE ${startsWithin(scope.range, scope.bind, 'child.start')} AND below.level < ${deepest}` +
    `) SELECT trace_id, span_id FROM below WHERE level > 0`
  )
}
