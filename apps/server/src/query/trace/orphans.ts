import type { TraceId } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet, makeBinder } from '../compile/bind.ts'
import { readBounds, withinBounds } from './bounds.ts'

/** Counts the spans of each trace whose parent is not stored; traces without any are left out. */
export async function countOrphans(
  reader: Reader,
  traceIds: readonly TraceId[],
): Promise<ReadonlyMap<TraceId, number>> {
  const bounds = (await readBounds(reader, traceIds)).flatMap(trace => trace.bounds)
  if (bounds.length === 0) return new Map()
  const { bind, parameters } = makeBinder()
  const from = `FROM spans PREWHERE trace_id IN ${idSet(traceIds, 16, bind)} WHERE ${withinBounds(bounds, bind)}`
  const rows = await reader.query<{ readonly traceId: TraceId; readonly orphans: string }>(
    `SELECT lower(hex(trace_id)) AS traceId, uniqExact(span_id) AS orphans
${from} AND parent_span_id != toFixedString('', 8)
  AND (trace_id, parent_span_id) NOT IN (SELECT trace_id, span_id ${from})
GROUP BY trace_id`,
    parameters,
  )
  return new Map(rows.map(({ traceId, orphans }) => [traceId, Number(orphans)]))
}
