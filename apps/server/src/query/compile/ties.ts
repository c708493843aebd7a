import type { Scope } from './scope.ts'
import { all, any, noSpan, selectRows } from './scope.ts'

/** What tells one message of one span apart in `messages`, in eight bytes: sets and joins hold many of them. */
export const messageRow = 'cityHash64(trace_id, span_id, link_span_id, message_offset, message_id)'

/**
 * SQL that pairs producers with consumers, a row for every tie. `sent` is the producer's row of `messages`,
 * `received` the consumer's; both have `row` (see {@link messageRow}), `trace_id`, `span_id`, `operation`, and the
 * times `started` and `ended` in nanoseconds.
 *
 * Both sides are hashed by everything that one may know of the other, and joined once:
 *
 *     send (trace t, span a) at orders[3]@1042        keys  t·a   orders[3]@1042
 *     process (parent t·a, link u·b, orders[3]@1042)  keys  t·a   u·b   orders[3]@1042
 *
 * @param sent what must hold for the producer's row.
 * @param received what must hold for the consumer's row.
 * @param fewer the side with fewer rows: a table is made of it that the other one runs past.
 */
export function ties(columns: string, sent: Side, received: Side, fewer: 'sent' | 'received'): string {
  const sendRows = { ...sent, condition: all(["operation IN ('create', 'send')", sent.condition]) }
  const receiveRows = {
    ...received,
    condition: all(["operation IN ('receive', 'process')", received.condition]),
  }
  const sentRows = keyedRows(producerKeys, sendRows, fewer === 'sent' ? undefined : receiveRows)
  const receivedRows = keyedRows(consumerKeys, receiveRows, fewer === 'sent' ? sendRows : undefined)
  const sides = [`(${sentRows}) AS sent`, `(${receivedRows}) AS received`]
  const [many, few] = fewer === 'sent' ? sides.toReversed() : sides
  return (
    `SELECT ${columns} FROM ${many} INNER JOIN ${few} ON sent.tie = received.tie ` +
    `WHERE ${fit('system')} AND ${fit('cluster_id')} AND (sent.tie.1 = 1 OR sent.started <= received.ended)`
  )
}

interface Side {
  readonly scope: Scope
  readonly condition: string
}

/** Rows of one side, once for each key; where the other side is the smaller one, only what may meet it. */
function keyedRows(keys: string, side: Side, other: Side | undefined): string {
  const condition = other === undefined ? side.condition : all([side.condition, mayMeet(other)])
  return selectRows(rowColumns(keys), condition, side.scope)
}

/** A row shares a trace, coordinates or a message id with one of the rows, so that keys are made of few only. */
function mayMeet({ scope, condition }: Side): string {
  const among = (column: string, more: string) => `(${selectRows(column, all([condition, more]), scope)})`
  const traces = among('arrayJoin([cityHash64(trace_id), cityHash64(link_trace_id)])', 'true')
  return any([
    `cityHash64(trace_id) IN ${traces}`,
    `(link_span_id != ${noSpan} AND cityHash64(link_trace_id) IN ${traces})`,
    `(${hasCoordinates} AND ${coordinates} IN ${among(coordinates, hasCoordinates)})`,
    `(message_id != '' AND cityHash64(message_id) IN ${among('cityHash64(message_id)', "message_id != ''")})`,
  ])
}

const coordinates = 'cityHash64(destination, partition_id, message_offset)'
const hasCoordinates = "(message_offset >= 0 AND destination != '')"

/** What a tie is comes before its hash: 1 a span, 2 coordinates, 3 a message id. The last two are inferred. */
const byCoordinates = `(2, if(${hasCoordinates}, ${coordinates}, 0))`
const byMessageId = "(3, if(message_id != '', cityHash64(message_id), 0))"

/**
 * A send of what others created is a client span that links to the creations (semantic conventions 1.44,
 * messaging spans, "Producer spans"): consumers name the creation. Links of other sends are no messages.
 */
const producerKeys = `[
  (1, cityHash64(trace_id, span_id)),
  (1, if(kind = 3 AND link_span_id != ${noSpan}, cityHash64(link_trace_id, link_span_id), 0)),
  ${byCoordinates},
  ${byMessageId}]`

const consumerKeys = `[
  (1, if(parent_span_id != ${noSpan}, cityHash64(trace_id, parent_span_id), 0)),
  (1, if(link_span_id != ${noSpan}, cityHash64(link_trace_id, link_span_id), 0)),
  ${byCoordinates},
  ${byMessageId}]`

function rowColumns(keys: string): string {
  const started = 'toUnixTimestamp64Nano(start) AS started'
  const ended = 'started + greatest(duration, 0) AS ended'
  const tie = `arrayJoin(arrayDistinct(arrayFilter(key -> key.2 != 0, ${keys.replace(/\s+/g, ' ')})))`
  return `${messageRow} AS row, trace_id, span_id, system, cluster_id, operation, ${started}, ${ended}, ${tie} AS tie`
}

/** Two rows fit where they contradict each other in neither. */
function fit(column: 'system' | 'cluster_id'): string {
  return `(sent.${column} = received.${column} OR sent.${column} = '' OR received.${column} = '')`
}
