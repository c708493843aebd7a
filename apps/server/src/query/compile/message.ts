import type { Nearness, Scope } from './scope.ts'
import { all, inAnyTrace, selectRows } from './scope.ts'
import { messageRow, ties } from './ties.ts'
import type { KeyQuery } from './value.ts'
import { compareNumber } from './value.ts'

/** When the message was there to be handled: a receive that began before the send ended with the message. */
const receivedAt =
  "if(received.operation = 'receive' AND received.started < sent.started, received.ended, received.started)"

/**
 * Time in the queue, nanoseconds, as `tieMessages` of the model has it: what was received before its producer
 * had the acknowledgement did not wait; only what was received before the send *began* stays negative.
 */
const waited = `if(${receivedAt} BETWEEN sent.started AND sent.ended, 0, ${receivedAt} - sent.ended)`
const endToEnd = 'received.ended - sent.started'

/**
 * The condition that a row of `messages` received a message after a time as all of the queries say. Of several
 * producers the last one counts: offsets begin anew in a topic made again.
 *
 * @param siblings what else must hold for the row; it keeps the join small.
 */
export function rowsThatWaited(queries: readonly KeyQuery[], siblings: string, scope: Scope): string {
  const conditions = queries.flatMap(query =>
    query.type === 'has'
      ? []
      : [compareNumber(`min(${query.key === 'wait' ? waited : endToEnd})`, query, scope.bind)],
  )
  const having = conditions.length === 0 ? '' : ` HAVING ${all(conditions)}`
  return `${messageRow} IN (${receivedRows('received.row', siblings, scope)}${having})`
}

/** SQL that selects the trace of every message received and, as `waited`, its time in the queue. */
export function selectWaits(condition: string, scope: Scope): string {
  return receivedRows(`any(received.trace_id) AS trace_id, min(${waited}) AS waited`, condition, scope)
}

function receivedRows(columns: string, condition: string, scope: Scope): string {
  const sent = { scope: inAnyTrace(scope, 'messages'), condition: 'true' }
  return `${ties(columns, sent, { scope, condition }, 'received')} GROUP BY received.row`
}

/**
 * Sends of messages that nobody has received.
 *
 * @param siblings what else must hold for the row.
 */
export function rowsNeverConsumed(scope: Scope, siblings = 'true'): string {
  if (scope.near !== undefined) return rowsNotConsumedNear(scope, scope.near)
  const received = { scope: inAnyTrace(scope, 'messages'), condition: 'true' }
  const select = ties('sent.row', { scope, condition: siblings }, received, 'sent')
  return `(operation = 'send' AND ${messageRow} NOT IN (${select}))`
}

/**
 * The same and some more: sends that nobody nearby has received who names the sending span or the offset. Two
 * sets of hashes tell, where a join of all that ties messages would take ten times as long. An offset counts
 * where what received it last did so after it was sent last: offsets begin anew in a topic made again.
 */
function rowsNotConsumedNear(scope: Scope, { received }: Nearness): string {
  const related = inAnyTrace(scope, 'messages')
  const sides = 'system, cluster_id'
  const isReceived = "operation IN ('receive', 'process')"
  const named = `arrayJoin([cityHash64(trace_id, parent_span_id, ${sides}), cityHash64(link_trace_id, link_span_id, ${sides})])`
  const message = `cityHash64(${sides}, destination, partition_id, message_offset)`
  const hasOffset = "(message_offset >= 0 AND destination != '')"
  const started = 'toUnixTimestamp64Nano(start)'
  const last =
    `maxIf(${started} + greatest(duration, 0), ${isReceived}) >= ` +
    `maxIf(${started}, operation IN ('create', 'send'))`
  const namedSpans = selectRows(named, all([isReceived, received]), related)
  const receivedOffsets = `${selectRows(message, all([hasOffset, received]), related)} GROUP BY ${message} HAVING ${last}`
  return (
    `(operation = 'send' AND cityHash64(trace_id, span_id, ${sides}) NOT IN (${namedSpans}) ` +
    `AND NOT (${hasOffset} AND ${message} IN (${receivedOffsets})))`
  )
}

/**
 * Deliveries of messages that the same group had received before: those that say so, and of several rows of
 * one message all but the first. Where no group is known the service stands for it.
 */
export function rowsRedelivered(scope: Scope): string {
  const related = inAnyTrace(scope, 'messages')
  const known = "operation IN ('receive', 'process') AND (message_offset >= 0 OR message_id != '')"
  const group = "if(consumer_group = '', service, consumer_group)"
  const message = `system, cluster_id, destination, partition_id, message_offset, message_id, operation, ${group}`
  const later = `arrayJoin(arraySlice(arraySort(groupUniqArray((start, ${messageRow}))), 2)) AS later`
  const rows = `${selectRows(later, known, related)} GROUP BY ${message} HAVING uniqExact(trace_id, span_id) > 1`
  return `(attempt > 1 OR ${messageRow} IN (SELECT later.2 FROM (${rows})))`
}
