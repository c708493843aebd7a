import type { MessageOperation, Resource, Span, SpanId, TraceId } from '@waybill/model'
import { messageOperations, spanKinds } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { makeBinder } from '../compile/bind.ts'
import { readBounds, withinBounds } from './bounds.ts'
import { readResources } from './stored-resources.ts'
import { makeNumbering } from './stored-spans.ts'

/** As much of a span as ids and clocks are judged by. */
export interface OutlinedSpan
  extends Pick<
    Span,
    'spanId' | 'parentSpanId' | 'service' | 'kind' | 'startTimeUnixNano' | 'endTimeUnixNano' | 'resource'
  > {
  /** What it did with a message. */
  readonly operation?: MessageOperation
}

/** All spans of a trace, however many, as little as one can tell of them. */
export interface Outline {
  readonly spans: readonly OutlinedSpan[]
  readonly resources: readonly Resource[]
}

interface OutlineRow {
  readonly id: SpanId
  readonly parent: SpanId
  readonly service: string
  readonly kind: number
  readonly start_nano: string
  readonly end_nano: string
  readonly resource_id: string
  readonly operation: string
}

/** Of a larger trace nothing is read: to judge so many spans would hold up other requests. */
export const mostOutlinedSpans = 100_000
const noParent = '0000000000000000'

/**
 * Reads the outline of a trace, in no order: some eighty bytes a span, so that whole traces can be judged whose
 * spans are too many to hold.
 *
 * @returns undefined where nothing is stored of the trace, or too much.
 */
export async function readOutline(reader: Reader, traceId: TraceId): Promise<Outline | undefined> {
  const [found] = await readBounds(reader, [traceId])
  if (found === undefined || found.spans > mostOutlinedSpans) return undefined
  const { bind, parameters } = makeBinder()
  const rows = await reader.query<OutlineRow>(
    `SELECT lower(hex(span_id)) AS id, lower(hex(parent_span_id)) AS parent, service, kind,
  toString(toUInt64(toUnixTimestamp64Nano(start))) AS start_nano,
  toString(toUInt64(toUnixTimestamp64Nano(start)) + duration) AS end_nano, resource AS resource_id, operation
FROM spans
PREWHERE trace_id = ${bind(traceId, 'FixedString(16)')}
WHERE ${withinBounds(found.bounds, bind)}`,
    parameters,
  )
  const places = makeNumbering()
  const spans = rows.map((row): OutlinedSpan => {
    const operation = messageOperations.find(name => name === row.operation)
    return {
      spanId: row.id,
      parentSpanId: row.parent === noParent ? '' : row.parent,
      service: row.service,
      kind: spanKinds[row.kind] ?? 'unspecified',
      startTimeUnixNano: row.start_nano,
      endTimeUnixNano: row.end_nano,
      resource: places.placeOf(row.resource_id),
      ...(operation === undefined ? {} : { operation }),
    }
  })
  return { spans, resources: await readResources(reader, places.ids) }
}
