import type { LightSpan, MessageFacts, MessageOperation, SpanId, TraceId } from '@waybill/model'
import { addNano, compareTimes, spanKinds, statusCodes } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet } from '../compile/bind.ts'
import { statement } from '../compile/compile.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import { withinBounds } from '../trace/bounds.ts'
import type { FoundTrace } from './traces.ts'

interface LightRow {
  readonly trace: TraceId
  readonly span: SpanId
  readonly parent: SpanId
  readonly service: string
  readonly name: string
  readonly kind: number
  readonly started: string
  readonly duration: string
  readonly status_code: number
  readonly system: string
  readonly destination: string
  readonly operation: MessageOperation | ''
  readonly partition_id: string
  readonly message_offset: string
  readonly message_id: string
  readonly consumer_group: string
  readonly cluster_id: string
  readonly attempt: number
  readonly batch_size: number
  readonly linkTraces: readonly TraceId[]
  readonly linkSpans: readonly SpanId[]
}

const columns =
  'lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent, service, name, kind, ' +
  'toUnixTimestamp64Nano(start) AS started, duration, status_code, system, destination, operation, partition_id, ' +
  'message_offset, message_id, consumer_group, cluster_id, attempt, batch_size, ' +
  'arrayMap(id -> lower(hex(id)), links.trace_id) AS linkTraces, arrayMap(id -> lower(hex(id)), links.span_id) AS linkSpans'

const noSpan = '0000000000000000'

/**
 * Reads the spans of traces as little as summaries need, in the order they started.
 *
 * @param spansOfEach how many of one trace are read, the earliest.
 * @param spanIds where given, only these.
 */
export async function readLightSpans(
  reader: Reader,
  traces: readonly FoundTrace[],
  asked: Asked,
  { spansOfEach, spanIds }: { readonly spansOfEach: number; readonly spanIds?: readonly string[] },
): Promise<readonly LightSpan[]> {
  if (traces.length === 0) return []
  const isLarge = traces.some(trace => trace.spanCount > spansOfEach)
  const rows = await ask<LightRow>(
    reader,
    statement(bind => {
      const ids = idSet(
        traces.map(trace => trace.traceId),
        16,
        bind,
      )
      const only = spanIds === undefined ? '' : ` AND span_id IN ${idSet(spanIds, 8, bind)}`
      const bounds = withinBounds(
        traces.flatMap(trace => trace.bounds),
        bind,
      )
      const earliest = isLarge
        ? ` ORDER BY start, span_id LIMIT ${bind(spansOfEach, 'UInt64')} BY trace_id`
        : ''
      return `SELECT ${columns} FROM spans PREWHERE trace_id IN ${ids}${only} WHERE ${bounds}${earliest}`
    }),
    asked,
  )
  return rows
    .map(lightSpanOf)
    .sort((a, b) => compareTimes(a.startTimeUnixNano, b.startTimeUnixNano) || (a.spanId < b.spanId ? -1 : 1))
}

function lightSpanOf(row: LightRow): LightSpan {
  const span: LightSpan = {
    traceId: row.trace,
    spanId: row.span,
    parentSpanId: row.parent === noSpan ? '' : row.parent,
    service: row.service,
    name: row.name,
    kind: spanKinds[row.kind] ?? 'unspecified',
    startTimeUnixNano: row.started,
    endTimeUnixNano: addNano(row.started, Number(row.duration)),
    status: { code: statusCodes[row.status_code] ?? 'unset' },
  }
  if (row.operation === '') return span
  const message = messageFacts(row, row.operation)
  if (row.linkSpans.length === 0) return { ...span, message }
  const links = row.linkSpans.map((spanId, i) => ({ traceId: row.linkTraces[i] ?? row.trace, spanId }))
  return { ...span, message, links }
}

function messageFacts(row: LightRow, operation: MessageOperation): MessageFacts {
  return {
    system: row.system,
    destination: row.destination,
    operation,
    ...(row.partition_id !== '' && { partition: row.partition_id }),
    ...(!row.message_offset.startsWith('-') && { offset: row.message_offset }),
    ...(row.message_id !== '' && { messageId: row.message_id }),
    ...(row.consumer_group !== '' && { consumerGroup: row.consumer_group }),
    ...(row.cluster_id !== '' && { clusterId: row.cluster_id }),
    ...(row.attempt > 0 && { attempt: row.attempt }),
    ...(row.batch_size > 0 && { batchSize: row.batch_size }),
  }
}
