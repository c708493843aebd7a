import type { LightLink, LightSpan, MessageFacts, MessageOperation, SpanId, TraceId } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'

/** A row of `messages` as {@link handlingColumns} reads it. 64-bit numbers are decimal texts. */
export interface HandlingRow {
  readonly trace: TraceId
  readonly id: SpanId
  readonly parent: SpanId
  readonly link_trace: TraceId
  readonly link_span: SpanId
  readonly service: string
  readonly name: string
  readonly kind: number
  readonly status_code: number
  readonly start_nano: string
  readonly duration: string
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
}

export const handlingColumns = `lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS id, lower(hex(parent_span_id)) AS parent,
  lower(hex(link_trace_id)) AS link_trace, lower(hex(link_span_id)) AS link_span, service, name, kind, status_code,
  toUnixTimestamp64Nano(start) AS start_nano, duration, system, destination, operation, partition_id,
  message_offset, message_id, message_key, consumer_group, client_id, routing_key, cluster_id, attempt,
  batch_size, body_size`

/**
 * The spans that handled the messages of some rows, in the light form that messages are tied by. A batch span
 * has a link for each of the rows.
 */
export function spansOfHandlings(rows: readonly HandlingRow[]): readonly LightSpan[] {
  return [...Map.groupBy(rows, row => row.trace + row.id).values()].flatMap(ofSpan => {
    const [first] = ofSpan
    return first === undefined ? [] : [spanOf(first, ofSpan)]
  })
}

function spanOf(row: HandlingRow, all: readonly HandlingRow[]): LightSpan {
  const start = String(BigInt.asUintN(64, BigInt(row.start_nano)))
  const span: LightSpan = {
    traceId: row.trace,
    spanId: row.id,
    parentSpanId: /^0+$/.test(row.parent) ? '' : row.parent,
    service: row.service,
    name: row.name,
    kind: spanKinds[row.kind] ?? 'unspecified',
    startTimeUnixNano: start,
    endTimeUnixNano: String(BigInt.asUintN(64, BigInt(start) + BigInt(row.duration))),
    status: { code: statusCodes[row.status_code] ?? 'unset' },
    message: factsOf(row),
  }
  const isBatch = row.batch_size > 1 || all.length > 1
  const links = new Map<string, LightLink>()
  for (const one of all) {
    const { batchSize: _, ...message } = factsOf(one)
    const link = { traceId: one.link_trace, spanId: one.link_span, ...(isBatch && { message }) }
    links.set(JSON.stringify(link), link)
  }
  return { ...span, links: [...links.values()] }
}

function factsOf(row: HandlingRow): MessageFacts {
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
    ...(row.routing_key !== '' && { routingKey: row.routing_key }),
    ...(row.cluster_id !== '' && { clusterId: row.cluster_id }),
    ...(row.attempt > 0 && { attempt: row.attempt }),
    ...(row.batch_size > 0 && { batchSize: row.batch_size }),
    ...(row.body_size !== '0' && { bodySizeBytes: Number(row.body_size) }),
  }
}
