import type { Statement } from '../compile/compile.ts'
import { statement } from '../compile/compile.ts'
import type { TimeRange } from '../time-range.ts'
import { makeRange, relatedRange, startsBetween, startsWithin } from '../time-range.ts'

const noSpan = "toFixedString('', 8)"
const client = 3

/**
 * Counts calls between services: every span and every link of one is looked up among the spans, by a hash of the
 * ids of its parent. A span that arrived twice is one call; so is one that links to its parent. The caller may have
 * started before the range. A call failed where what was called did, or the client span that called it.
 *
 * @param share one trace of so many is counted: the trace of the caller.
 */
export function callsStatement(range: TimeRange, share: number): Statement {
  return statement(bind => {
    const callers = makeRange(BigInt(relatedRange(range).startUnixNano), BigInt(range.endUnixNano))
    const sample = (traceId: string) =>
      share === 1 ? '' : ` AND cityHash64(${traceId}) % ${bind(share, 'UInt64')} = 0`
    return (
      `SELECT caller.service AS parent, callee.service AS child, uniqExact(callee.id, callee.up) AS calls, ` +
      `uniqExactIf((callee.id, callee.up), callee.failed OR caller.failed) AS errors FROM (` +
      `SELECT cityHash64(trace_id, span_id) AS id, cityHash64(trace_id, parent_span_id) AS up, service, status_code = 2 AS failed ` +
      `FROM spans WHERE ${startsWithin(range, bind)} AND parent_span_id != ${noSpan}${sample('trace_id')} UNION ALL ` +
      `SELECT cityHash64(trace_id, span_id), cityHash64(linked_trace_id, linked_span_id), service, status_code = 2 ` +
      `FROM links WHERE ${startsBetween(range, bind)}${sample('linked_trace_id')}) AS callee LEFT ANY JOIN (` +
      `SELECT cityHash64(trace_id, span_id) AS id, service, status_code = 2 AND kind = ${client} AS failed ` +
      `FROM spans WHERE ${startsWithin(callers, bind)}${sample('trace_id')}) AS caller ON caller.id = callee.up ` +
      `WHERE caller.id != 0 AND caller.service != callee.service ` +
      `GROUP BY parent, child ORDER BY calls DESC, parent, child`
    )
  })
}
