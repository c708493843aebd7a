import type { Statement } from '../compile/compile.ts'
import { statement } from '../compile/compile.ts'
import type { TimeRange } from '../time-range.ts'
import { startsBetween, startsWithin } from '../time-range.ts'
import type { Sample } from './sample.ts'

const noSpan = "toFixedString('', 8)"
const client = 3

/**
 * Counts calls between services: every span and every link of one is looked up among the spans, by a hash of the
 * ids of its parent. A span that arrived twice is one call; so is one that links to its parent. A call failed where
 * what was called did, or the client span that called it.
 *
 * @param callers where spans may lie that have called those of the range.
 */
export function callsStatement(range: TimeRange, callers: TimeRange, sample: Sample): Statement {
  return statement(
    bind =>
      `SELECT caller.service AS parent, callee.service AS child, uniqExact(callee.id, callee.up) AS calls, ` +
      `uniqExactIf((callee.id, callee.up), callee.failed OR caller.failed) AS errors FROM (` +
      `SELECT cityHash64(trace_id, span_id) AS id, cityHash64(trace_id, parent_span_id) AS up, service, status_code = 2 AS failed ` +
      `FROM spans WHERE ${startsWithin(range, bind)} AND parent_span_id != ${noSpan}${sample('trace_id', bind)} UNION ALL ` +
      `SELECT cityHash64(trace_id, span_id), cityHash64(linked_trace_id, linked_span_id), service, status_code = 2 ` +
      `FROM links WHERE ${startsBetween(range, bind)}${sample('linked_trace_id', bind)}) AS callee LEFT ANY JOIN (` +
      `SELECT cityHash64(trace_id, span_id) AS id, service, status_code = 2 AND kind = ${client} AS failed ` +
      `FROM spans WHERE ${startsWithin(callers, bind)}${sample('trace_id', bind)}) AS caller ON caller.id = callee.up ` +
      `WHERE caller.id != 0 AND caller.service != callee.service ` +
      `GROUP BY parent, child ORDER BY calls DESC, parent, child`,
  )
}
