import type { WaitsResponse } from '@waybill/api'
import type { Reader } from '../../store/engine.ts'
import { makeBinder } from '../compile/bind.ts'
import type { TimeRange } from '../time-range.ts'
import { makeRange, relatedRange, startsBetween } from '../time-range.ts'

/** The messages whose waits are asked for: those that were received or processed within the range. */
export interface WaitsRequest {
  readonly range: TimeRange
  /** A topic or a queue: where they waited. */
  readonly destination: string
}

interface Row {
  readonly consumer_group: string
  readonly service: string
  readonly operation: 'receive' | 'process'
  readonly messages: string
  /** The median, 95 %, 99 % and the longest, decimal texts. */
  readonly waits: readonly [string, string, string, string]
}

const mostSeries = 1000
const sending =
  'toUnixTimestamp64Nano(start) AS began, toUnixTimestamp64Nano(start) + greatest(duration, 0) AS ended'
/** A time of the send that was found, in whichever way. */
const ofSend = (time: 'began' | 'ended'): string =>
  `multiIf(of_span.ended != 0, of_span.${time}, at_place.ended != 0, at_place.${time}, of_id.${time})`
const noSpan = "toFixedString('', 8)"

/**
 * How long the messages of one destination waited: from the end of their send to the start of the span that
 * received or processed them, for each consumer group and service. Who has a message before its sender was told that it
 * is sent did not wait; only one that is received before its send began waited less than nothing: clocks disagree. A
 * message whose send is not known counts nowhere.
 *
 * A handling finds its send by its parent or link; failing that by the coordinates; failing that by the message's
 * id. Each is a table of the sends of the destination that the handlings run past, so no pair is found twice.
 *
 * @returns the groups with the most messages first, a thousand at most.
 */
export async function getWaits(reader: Reader, { range, destination }: WaitsRequest): Promise<WaitsResponse> {
  const { bind, parameters } = makeBinder()
  const sentRange = makeRange(BigInt(relatedRange(range).startUnixNano), BigInt(range.endUnixNano))
  const here = `destination = ${bind(destination, 'String')}`
  // RabbitMQ sends to an exchange and receives from a queue.
  const sends = (key: string, condition: string) =>
    `(SELECT ${key} AS tie, ${sending} FROM messages WHERE ${startsBetween(sentRange, bind)} ` +
    `AND (${here} OR system = 'rabbitmq') AND operation IN ('create', 'send') AND ${condition})`
  // Left to itself the engine makes its tables of the handlings, and takes a seventh longer
  const sql = `SELECT consumer_group, service, operation, count() AS messages,
  quantilesExact(0.5, 0.95, 0.99, 1)(if(started >= ${ofSend('began')} AND started < ${ofSend('ended')}, 0,
    started - ${ofSend('ended')})) AS waits
FROM (SELECT consumer_group, service, operation, toUnixTimestamp64Nano(start) AS started,
    if(link_span_id != ${noSpan}, cityHash64(link_trace_id, link_span_id), cityHash64(trace_id, parent_span_id)) AS span,
    cityHash64(destination, partition_id, message_offset) AS place, cityHash64(message_id) AS id
  FROM messages
  WHERE ${startsBetween(range, bind)} AND ${here} AND operation IN ('receive', 'process')) AS handled
LEFT ANY JOIN ${sends('cityHash64(trace_id, span_id)', 'true')} AS of_span ON of_span.tie = handled.span
LEFT ANY JOIN ${sends('cityHash64(destination, partition_id, message_offset)', 'message_offset >= 0')} AS at_place
  ON at_place.tie = handled.place
LEFT ANY JOIN ${sends('cityHash64(message_id)', "message_id != ''")} AS of_id ON of_id.tie = handled.id
WHERE of_span.ended != 0 OR at_place.ended != 0 OR of_id.ended != 0
GROUP BY consumer_group, service, operation
ORDER BY messages DESC, consumer_group, service, operation
LIMIT ${mostSeries}
SETTINGS query_plan_join_swap_table = 'false'`
  const rows = await reader.query<Row>(sql, parameters)
  return {
    destination,
    waits: rows.map(({ consumer_group, service, operation, messages, waits }) => {
      const [p50Nano, p95Nano, p99Nano, maxNano] = waits.map(Number) as [number, number, number, number]
      return {
        consumerGroup: consumer_group,
        service,
        operation,
        messages: Number(messages),
        p50Nano,
        p95Nano,
        p99Nano,
        maxNano,
      }
    }),
  }
}
