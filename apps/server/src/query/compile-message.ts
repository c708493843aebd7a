import type { Scope } from './compile-scope.ts'
import { relatedScope, selectRows } from './compile-scope.ts'
import { messageRow, ties } from './compile-ties.ts'
import type { KeyQuery } from './compile-value.ts'
import { compareNumber } from './compile-value.ts'

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
 * The condition that a row of `messages` received a message after a time as the query says. Of several
 * producers the last one counts: offsets begin anew in a topic made again.
 *
 * @param siblings what else must hold for the row; it keeps the join small.
 */
export function rowsThatWaited(query: KeyQuery, siblings: string, scope: Scope): string {
  const nano = `min(${query.key === 'wait' ? waited : endToEnd})`
  const having = query.type === 'has' ? '' : ` HAVING ${compareNumber(nano, query, scope.bind)}`
  const rows = messageRow.replaceAll(/\w+/g, 'received.$&')
  const sent = { scope: relatedScope(scope, 'messages'), condition: 'true' }
  const select = ties(rows, sent, { scope, condition: siblings })
  return `(${messageRow}) IN (${select} GROUP BY ${rows}${having})`
}

/** Sends of messages that nobody has received. */
export function rowsNeverConsumed(scope: Scope): string {
  const rows = messageRow.replaceAll(/\w+/g, 'sent.$&')
  const received = { scope: relatedScope(scope, 'messages'), condition: 'true' }
  const select = ties(rows, { scope, condition: 'true' }, received)
  return `(operation = 'send' AND (${messageRow}) NOT IN (${select}))`
}

/**
 * Deliveries of messages that the same group had received before: those that say so, and of several rows of
 * one message all but the first. Where no group is known the service stands for it.
 */
export function rowsRedelivered(scope: Scope): string {
  const related = relatedScope(scope, 'messages')
  const known = "operation IN ('receive', 'process') AND (message_offset >= 0 OR message_id != '')"
  const group = "if(consumer_group = '', service, consumer_group)"
  const message = `system, cluster_id, destination, partition_id, message_offset, message_id, operation, ${group}`
  const later = `arrayJoin(arraySlice(arraySort(groupUniqArray((start, ${messageRow}))), 2)) AS later`
  const rows = `${selectRows(later, known, related)} GROUP BY ${message} HAVING uniqExact(trace_id, span_id) > 1`
  const columns = messageRow.split(', ').map((_, place) => `later.${place + 2}`)
  return `(attempt > 1 OR (${messageRow}) IN (SELECT ${columns.join(', ')} FROM (${rows})))`
}
