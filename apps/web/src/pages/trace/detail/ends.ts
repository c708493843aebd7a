import type { LinkedSpan } from '@waybill/api'
import type { MessageSegment } from '@waybill/model'
import type { TraceModel } from '../model.ts'

/** What is known of a message's end: a span of this trace, or of one that is linked with it. */
export function endOf(
  model: TraceModel,
  end: MessageSegment['producer'],
): Pick<LinkedSpan, 'service' | 'name' | 'durationNano'> | undefined {
  const { trace, linksTo, linksFrom } = model.response
  if (end.traceId === trace.traceId) {
    const row = model.tree.rows[model.rowOfKey.get(end.spanId) ?? -1]
    if (row?.kind !== 'span') return undefined
    return { service: row.span.service, name: row.span.name, durationNano: row.endNano - row.startNano }
  }
  const same = (link: LinkedSpan) => link.traceId === end.traceId && link.spanId === end.spanId
  return linksTo.find(same) ?? linksFrom.find(same)
}
