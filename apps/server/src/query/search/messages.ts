import type { MessageHit, MessageSearchResponse } from '@waybill/api'
import type { MessageFacts, MessageOperation, SpanId, TraceId } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet } from '../compile/bind.ts'
import type { Statement } from '../compile/compile.ts'
import { compileMessages, statement } from '../compile/compile.ts'
import { ask, startDeadline } from '../cost.ts'
import { timeOf, upTo } from '../time-range.ts'
import type { Place } from './cursor.ts'
import { formatCursor, readCursor } from './cursor.ts'
import type { MessagePart } from './messages-parts.ts'
import { messageParts } from './messages-parts.ts'
import type { SearchRequest } from './newest.ts'

interface MessageRow {
  readonly system: string
  readonly destination: string
  readonly operation: MessageOperation
  readonly partition_id: string
  readonly message_offset: string
  readonly message_id: string
  readonly message_key: string
  readonly consumer_group: string
  readonly client_id: string
  readonly routing_key: string
  readonly cluster_id: string
  readonly attempt: number
  readonly batch_size: number
  readonly body_size: string
  readonly trace: TraceId
  readonly span: SpanId
  readonly linkTrace: TraceId
  readonly linkSpan: SpanId
  readonly service: string
  readonly name: string
  readonly kind: number
  readonly status_code: number
  readonly status_message: string
  readonly started: string
  readonly duration: string
  readonly message: string
}

const noSpan = '0'.repeat(16)

/** Tells the messages of one span apart: everything that is known of which message it was. */
const messageOfSpan =
  'cityHash64(link_trace_id, link_span_id, destination, partition_id, message_offset, message_id)'

const columns =
  'system, destination, operation, partition_id, message_offset, message_id, message_key, consumer_group, client_id, ' +
  'routing_key, cluster_id, attempt, batch_size, body_size, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, ' +
  'lower(hex(link_trace_id)) AS linkTrace, lower(hex(link_span_id)) AS linkSpan, service, name, kind, status_code, ' +
  `status_message, toUnixTimestamp64Nano(start) AS started, duration, ${messageOfSpan} AS message`

/**
 * Finds what was done with messages by spans that started within the range and for which the query holds, newest
 * first: a row for each time that a span handled a message, so that a batch has one for each of its messages.
 * What a query says of a message must hold for that one message; what it says of a span, for the span.
 *
 * @throws WaybillError BAD_PARAMETER for a cursor that is none, QUERY_TOO_LARGE with what to narrow.
 */
export async function findMessages(reader: Reader, request: SearchRequest): Promise<MessageSearchResponse> {
  const began = performance.now()
  const { limit, cursor, range } = request
  const after = cursor === undefined ? undefined : readCursor(cursor, 64)
  const rest = after === undefined ? range : upTo(range, after.startUnixNano)
  const found: MessageRow[] = []
  const checkTime = startDeadline(request)
  const wanted = () => limit + 1 - found.length
  for await (const part of messageParts(reader, request, rest, wanted)) {
    checkTime()
    const rows = rowsStatement(request, part, after, wanted())
    found.push(...(await ask<MessageRow>(reader, rows, request)))
    if (wanted() === 0) break
  }
  const page = found.slice(0, limit)
  const messages = page.map(hitOf)
  const last = page.at(-1)
  const tookMs = Math.round(performance.now() - began)
  if (found.length <= limit || last === undefined) return { messages, tookMs }
  return { messages, nextCursor: formatCursor(placeOf(last)), tookMs }
}

function rowsStatement(
  { query, range }: SearchRequest,
  { window, traceIds }: MessagePart,
  after: Place | undefined,
  wanted: number,
): Statement {
  return statement(bind => {
    const bound = traceIds === undefined ? undefined : `trace_id IN ${idSet(traceIds, 16, bind)}`
    const where = compileMessages(query, window, bind, range, bound)
    const place = after && [
      timeOf(after.startUnixNano, bind),
      bind(after.id.slice(0, 32), 'FixedString(16)'),
      bind(after.id.slice(32, 48), 'FixedString(8)'),
      bind(String(BigInt(`0x${after.id.slice(48)}`)), 'UInt64'),
    ]
    const earlier =
      place === undefined ? '' : ` AND (start, trace_id, span_id, ${messageOfSpan}) < (${place.join(', ')})`
    return (
      `SELECT ${columns} FROM messages WHERE ${where}${earlier} ` +
      `ORDER BY start DESC, trace_id DESC, span_id DESC, message DESC LIMIT 1 BY trace_id, span_id, message ` +
      `LIMIT ${bind(wanted, 'UInt64')}`
    )
  })
}

function placeOf(row: MessageRow): Place {
  const message = BigInt(row.message).toString(16).padStart(16, '0')
  return { startUnixNano: row.started, id: row.trace + row.span + message }
}

function hitOf(row: MessageRow): MessageHit {
  return {
    facts: factsOf(row),
    traceId: row.trace,
    spanId: row.span,
    service: row.service,
    name: row.name,
    kind: spanKinds[row.kind] ?? 'unspecified',
    status: statusCodes[row.status_code] ?? 'unset',
    statusMessage: row.status_message,
    startUnixNano: row.started,
    durationNano: Number(row.duration),
    ...(row.linkSpan !== noSpan && { link: { traceId: row.linkTrace, spanId: row.linkSpan } }),
  }
}

/** What the row does not say is left out: an empty text, a count of 0, an offset below 0. */
function factsOf(row: MessageRow): MessageFacts {
  return {
    system: row.system,
    destination: row.destination,
    operation: row.operation,
    ...(row.partition_id !== '' && { partition: row.partition_id }),
    ...(!row.message_offset.startsWith('-') && { offset: row.message_offset }),
    ...(row.message_id !== '' && { messageId: row.message_id }),
    ...(row.message_key !== '' && { key: row.message_key }),
    ...(row.consumer_group !== '' && { consumerGroup: row.consumer_group }),
    ...(row.client_id !== '' && { clientId: row.client_id }),
    ...(row.cluster_id !== '' && { clusterId: row.cluster_id }),
    ...(row.routing_key !== '' && { routingKey: row.routing_key }),
    ...(row.attempt > 0 && { attempt: row.attempt }),
    ...(row.batch_size > 0 && { batchSize: row.batch_size }),
    ...(row.body_size !== '0' && { bodySizeBytes: Number(row.body_size) }),
  }
}
