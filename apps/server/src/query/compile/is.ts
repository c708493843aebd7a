import type { Condition } from '@waybill/query-language'
import { isDeadLetter } from './dead-letter.ts'
import { rowsNeverConsumed, rowsRedelivered } from './message.ts'
import type { Scope } from './scope.ts'
import { inSameTraces, noSpan, parentKey, selectRows, spanKey } from './scope.ts'

/** SQL of an `is:` condition on one row. */
export function compileIs(condition: Condition, scope: Scope): string {
  switch (condition) {
    case 'error':
      return 'status_code = 2'
    case 'root':
      return `parent_span_id = ${noSpan}`
    case 'orphan':
      return orphans(scope)
    case 'unconsumed':
      return rowsNeverConsumed(scope)
    case 'redelivered':
      return rowsRedelivered(scope)
    case 'dlq':
      return isDeadLetter
    case 'batch':
      return "(batch_size > 1 OR (operation IN ('receive', 'process') AND length(links.span_id) > 1))"
    case 'slow':
      return slow(scope)
  }
}

/** The ids that are there are looked up only in the traces of the rows at hand. */
function orphans(scope: Scope): string {
  const stored = selectRows(spanKey, 'true', inSameTraces(scope))
  return `(parent_span_id != ${noSpan} AND ${parentKey} NOT IN (${stored}))`
}

/**
 * Above the 99th percentile of the whole search's spans of the same service and name. BFloat16 counts by the
 * first 8 bits of the number, and so says up to 0.8 % too little: the same answer for the same spans, whatever
 * the order they are read in, and in little memory. The margin makes up for it.
 */
function slow(scope: Scope): string {
  const spans = { ...scope, table: 'spans', range: scope.whole, bound: undefined } as const
  const kind = 'cityHash64(service, name)'
  const usual = `${selectRows(`${kind} AS kind, quantileBFloat16(0.99)(duration) AS usual`, 'true', spans)} GROUP BY kind`
  const table = `(SELECT (groupArray(kind), groupArray(toInt64(usual * 1.01))) FROM (${usual}))`
  return `duration > transform(${kind}, ${table}.1, ${table}.2, toInt64(9223372036854775807))`
}
