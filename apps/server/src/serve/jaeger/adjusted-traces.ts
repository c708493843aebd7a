import type { Trace, TraceId } from '@waybill/model'
import { mostOutlinedSpans } from '../../query/trace/outline.ts'
import type { SpanReading } from '../../query/trace/span-slices.ts'
import type { Queries } from '../queries.ts'
import type { AdjustOptions, TracePiece } from './adjust/adjust.ts'
import { adjustTrace, pieceAdjuster, planAdjustments } from './adjust/adjust.ts'
import { withWarnings } from './adjust/warnings.ts'

/** What the answers of Jaeger's APIs are made of. */
export interface TraceSource extends AdjustOptions {
  readonly queries: Pick<Queries, 'spansOfTrace' | 'spansOfTraces' | 'outlineOfTrace'>
}

const notJudged = `the trace has more than ${mostOutlinedSpans} spans: ids that spans share and clocks are left as they came`
/** Traces read from the store at a time while one answer is put together; of the rest only the text is held. */
const tracesAtATime = 100

/**
 * Reads traces one after the other, in the order of their ids, as Jaeger's APIs answer them.
 *
 * @param isRaw as they are stored.
 * @yields undefined in the place of one that is not stored.
 */
export async function* readTraces(
  { queries, maxSkewNano }: TraceSource,
  traceIds: readonly TraceId[],
  isRaw: boolean,
): AsyncGenerator<Trace | undefined> {
  for (let at = 0; at < traceIds.length; at += tracesAtATime) {
    const some = traceIds.slice(at, at + tracesAtATime)
    const traces = await queries.spansOfTraces(some)
    for (const traceId of some) {
      const trace = traces.get(traceId)
      yield trace === undefined || isRaw ? trace : adjustTrace(trace, { maxSkewNano })
    }
  }
}

/**
 * What makes the pieces of a trace that is being read into what Jaeger's APIs answer. Ids and clocks can only be
 * judged of all spans at once: those of a trace that is not read in one piece come from its outline. Where that
 * is too much, they stay, and the first span says so.
 */
export async function pieceReader(
  { queries, maxSkewNano }: TraceSource,
  { traceId, isWhole }: SpanReading,
  isRaw: boolean,
): Promise<(piece: TracePiece) => TracePiece> {
  if (isRaw) return piece => piece
  if (isWhole) return piece => adjustTrace({ traceId, ...piece }, { maxSkewNano })
  const outline = await queries.outlineOfTrace(traceId)
  if (outline === undefined) return warnAtFirst(pieceAdjuster(new Map()), notJudged)
  return pieceAdjuster(planAdjustments({ ...outline, operationOf: span => span.operation }, { maxSkewNano }))
}

/** Has the first span of all pieces warn of something. */
function warnAtFirst(
  adjust: (piece: TracePiece) => TracePiece,
  warning: string,
): (piece: TracePiece) => TracePiece {
  let isWarned = false
  return piece => {
    const adjusted = adjust(piece)
    const [first, ...others] = adjusted.spans
    if (isWarned || first === undefined) return adjusted
    isWarned = true
    const warned = { ...first, attributes: withWarnings(first.attributes, [warning]) }
    return { ...adjusted, spans: [warned, ...others] }
  }
}
