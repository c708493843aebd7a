import type { Bind } from '../compile/bind.ts'
import type { Statement } from '../compile/compile.ts'
import { statement } from '../compile/compile.ts'
import type { TimeRange } from '../time-range.ts'
import { startsBetween, startsWithin } from '../time-range.ts'
import type { Sample } from './sample.ts'

const span = 'cityHash64(trace_id, span_id)'
const parent = 'cityHash64(trace_id, parent_span_id)'
const noSpan = "toFixedString('', 8)"
/** Who is at the other end: by the names that the semantic conventions have had for it, or a message's broker. */
const peer =
  "multiIf(attributes['service.peer.name'] != '', attributes['service.peer.name'], " +
  "attributes['peer.service'] != '', attributes['peer.service'], kind IN (4, 5), system, '')"
const failed = "status_code = 2 OR attributes['error'] NOT IN ('', 'false')"
/** Spans within a process that lie between two calls, at most. */
const mostSteps = 30

/**
 * Counts calls as Zipkin's DependencyLinker does, whose rules these are (Zipkin 3, zipkin2.internal). Kinds: 2 server,
 * 3 client, 4 producer, 5 consumer; a span of any other is local, and lies between two that are not.
 *
 * - A message counts from its producer to the broker, and from the broker to its consumer; where the broker has no
 *   name it does not count.
 * - A server counts from the nearest span above it that is not local; failing that from the peer that it names.
 * - A client that nothing hangs under counts to the peer that it names: what has sent no spans. So does a local span
 *   that names one. Where the service above it is another, that calls the client's.
 * - A server that shares the id of its client (B3) hangs under that; what hangs under the id and is of the server's
 *   service hangs under the server.
 * - What has no parent among the spans hangs under the first root of its trace.
 * - A call failed where its span did, or the client that is its parent.
 *
 * @param callers where spans may lie that have called those of the range.
 * @param sharesIds whether any two spans do ({@link sharedIdStatement}).
 */
export function peerCallsStatement(
  range: TimeRange,
  callers: TimeRange,
  sample: Sample,
  sharesIds: boolean,
): Statement {
  return statement(
    bind =>
      `WITH RECURSIVE ${seenSpans(callers, sample, sharesIds, bind)}, ` +
      // Each that may be a call, climbing from parent to parent as long as that is local
      `climb AS (SELECT id, up AS at, 0 AS steps, trace, up, service, kind, failed, peer FROM seen ` +
      `WHERE ${startsBetween(range, bind)} AND (kind > 1 OR service != '' AND peer != '') ` +
      `AND NOT (kind = 3 AND id IN (SELECT up FROM seen)) UNION ALL ` +
      `SELECT climb.id, between.up, steps + 1, trace, climb.up, service, kind, failed, peer FROM climb ` +
      `INNER JOIN (SELECT id, up FROM seen WHERE kind < 2) AS between ON between.id = climb.at WHERE steps < ${mostSteps}) ` +
      `SELECT call.1 AS parent, call.2 AS child, uniqExact(id) AS calls, uniqExactIf(id, call.3) AS errors ` +
      `FROM (SELECT id, ${calls} AS call FROM (SELECT here.id AS id, here.up AS up, here.service AS service, ` +
      `here.kind AS kind, here.failed AS failed, here.peer AS peer, ` +
      `if(found.id != 0, (found.id, found.kind, found.service, found.failed), root.span) AS above, ` +
      `if(above.2 > 1 AND above.1 != here.id, above.3, '') AS caller ` +
      `FROM (SELECT * FROM climb WHERE at NOT IN (SELECT id FROM seen WHERE kind < 2)) AS here ` +
      `LEFT ANY JOIN (SELECT id, kind, service, failed FROM seen WHERE kind > 1) AS found ON found.id = here.at ` +
      `LEFT ANY JOIN (SELECT trace, argMin((id, kind, service, failed), start) AS span FROM seen WHERE up = 0 ` +
      `GROUP BY trace) AS root ON root.trace = here.trace)) ` +
      `WHERE call.1 != '' AND call.2 != '' GROUP BY parent, child`,
  )
}

/**
 * Spans with hashes in place of their ids, one of its own for the server's half of a shared id; `up` is 0 where
 * there is no parent.
 */
function seenSpans(range: TimeRange, sample: Sample, sharesIds: boolean, bind: Bind): string {
  const scan = scanOf(range, sample, bind)
  const facts = `service, kind, ${failed} AS failed, ${peer} AS peer, start ${scan}`
  const trace = 'cityHash64(trace_id) AS trace'
  if (!sharesIds)
    return `seen AS (SELECT ${trace}, ${span} AS id, if(parent_span_id = ${noSpan}, 0, ${parent}) AS up, ${facts})`
  return (
    `halves AS (SELECT ${halves(scan)}), ` +
    `seen AS (SELECT ${trace}, ${span} AS whole, kind = 2 AND whole IN (SELECT half FROM halves) AS is_half, ` +
    `if(is_half, bitNot(whole), whole) AS id, ${parent} AS above, ` +
    `multiIf(is_half, whole, parent_span_id = ${noSpan}, 0, (above, service) IN halves, bitNot(above), above) AS up, ` +
    `${facts})`
  )
}

/** Finds a span that shares its id with another, if there is any: few clients do so, and to look for it costs. */
export function sharedIdStatement(callers: TimeRange, sample: Sample): Statement {
  return statement(bind => `SELECT ${halves(scanOf(callers, sample, bind))} LIMIT 1`)
}

/** The server's halves of shared ids. */
function halves(scan: string): string {
  return `${span} AS half, service ${scan} AND kind = 2 AND half IN (SELECT ${span} ${scan} AND kind = 3)`
}

function scanOf(range: TimeRange, sample: Sample, bind: Bind): string {
  return `FROM spans WHERE ${startsWithin(range, bind)}${sample('trace_id', bind)}`
}

/** The calls that one span stands for, as rows of caller, called and whether it failed. */
const failedCall = "failed OR above.2 = 3 AND above.3 != '' AND up = above.1 AND above.4"
const calls =
  `arrayJoin(multiIf(kind = 4, [(service, peer, failed)], kind = 5, [(peer, service, failed)], ` +
  `kind = 2, [(if(caller != '', caller, peer), service, ${failedCall})], ` +
  `[(if(service != '', service, caller), peer, ${failedCall}), (if(service != caller, caller, ''), service, 0)]))`
