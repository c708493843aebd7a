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
 * what was called did, or the client span that called it.
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
      `SELECT ${span} AS id, ${parent} AS above, above AS up, service, status_code = 2 AS failed ` +
      `${spans} AND parent_span_id != ${noSpan} UNION ALL ` +
      `SELECT ${span} AS id, ${parent} AS above, id AS up, service, status_code = 2 ${spans} AND kind = 2 UNION ALL ` +
      `SELECT ${span} AS id, cityHash64(linked_trace_id, linked_span_id) AS above, above AS up, service, status_code = 2 ` +
      `FROM links WHERE ${startsBetween(range, bind)}${sample('linked_trace_id', bind)}`
    const calling =
      `SELECT ${span} AS id, argMax(service, kind = 2) AS server, argMax(service, kind = 3) AS client, ` +
      `max(kind = 2) AS has_server, max(kind = 3) AS has_client, max(kind = 3 AND status_code = 2) AS client_failed ` +
      `FROM spans WHERE ${startsWithin(callers, bind)}${sample('trace_id', bind)} GROUP BY id`
    return (
      `SELECT if(up = callee.id, client, server) AS parent, service AS child, uniqExact(callee.id, above) AS calls, ` +
      `uniqExactIf((callee.id, above), failed OR client_failed AND (up = callee.id OR NOT has_server)) AS errors ` +
      `FROM (${called}) AS callee LEFT ANY JOIN (${calling}) AS caller ON caller.id = up ` +
      `WHERE caller.id != 0 AND service != client AND if(up = callee.id, has_client, service != server) ` +
      `GROUP BY parent, child ORDER BY calls DESC, parent, child`
    )
  })
}
