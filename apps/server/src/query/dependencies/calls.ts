import type { Statement } from '../compile/compile.ts'
import { statement } from '../compile/compile.ts'
import type { TimeRange } from '../time-range.ts'
import { startsBetween, startsWithin } from '../time-range.ts'
import type { Sample } from './sample.ts'

const span = 'cityHash64(trace_id, span_id)'
const parent = 'cityHash64(trace_id, parent_span_id)'
const noSpan = "toFixedString('', 8)"

/**
 * Counts calls between services: every span and every link of one is looked up among the spans, by a hash of the
 * ids of its parent. A span that arrived twice is one call; so is one that links to its parent. A call failed where
 * what was called did, or the client span that called it. It is a message where a consumer was called, or a producer
 * called.
 *
 * Where two spans share an id (B3), the server's half is called by the client's, and calls what hangs under the id.
 *
 * @param callers where spans may lie that have called those of the range.
 */
export function callsStatement(range: TimeRange, callers: TimeRange, sample: Sample): Statement {
  return statement(bind => {
    const spans = `FROM spans WHERE ${startsWithin(range, bind)}${sample('trace_id', bind)}`
    // What was called, by what; `above` names the span that has called it for the count
    const called =
      `SELECT ${span} AS id, ${parent} AS above, above AS up, service, kind, status_code = 2 AS failed ` +
      `${spans} AND parent_span_id != ${noSpan} UNION ALL ` +
      `SELECT ${span} AS id, ${parent} AS above, id AS up, service, kind, status_code = 2 ${spans} AND kind = 2 UNION ALL ` +
      `SELECT ${span} AS id, cityHash64(linked_trace_id, linked_span_id) AS above, above AS up, service, kind, status_code = 2 ` +
      `FROM links WHERE ${startsBetween(range, bind)}${sample('linked_trace_id', bind)}`
    const calling = (kinds: string) =>
      `(SELECT ${span} AS id, service, kind, status_code = 2 AS failed ` +
      `FROM spans WHERE ${startsWithin(callers, bind)}${sample('trace_id', bind)} AND ${kinds})`
    return (
      `WITH server.id != 0 AND up != callee.id AS is_server SELECT if(is_server, server.service, other.service) AS parent, callee.service AS child, ` +
      `uniqExact(cityHash64(callee.id, above)) AS calls, uniqExactIf(cityHash64(callee.id, above), ` +
      `callee.failed OR NOT is_server AND other.kind = 3 AND other.failed) AS errors, ` +
      `uniqExactIf(cityHash64(callee.id, above), callee.kind = 5 OR NOT is_server AND other.kind = 4) AS messages ` +
      `FROM (${called}) AS callee ` +
      `LEFT ANY JOIN ${calling('kind = 2')} AS server ON server.id = up ` +
      `LEFT ANY JOIN ${calling('kind != 2')} AS other ON other.id = up ` +
      `WHERE (is_server AND server.service != child OR NOT is_server AND other.id != 0) ` +
      `AND (other.id = 0 OR other.service != child) AND (up != callee.id OR other.kind = 3) ` +
      `GROUP BY parent, child`
    )
  })
}
