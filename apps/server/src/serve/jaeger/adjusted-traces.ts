import { mostOutlinedSpans } from '../../query/trace/outline.ts'
import type { OpenedTrace } from '../each-trace.ts'
import type { Queries } from '../queries.ts'
import type { AdjustOptions, TracePiece } from './adjust/adjust.ts'
import { adjustTrace, pieceAdjuster, planAdjustments } from './adjust/adjust.ts'
import { withWarnings } from './adjust/warnings.ts'

/** What the answers of Jaeger's APIs are made of. */
export interface TraceSource extends AdjustOptions {
  readonly queries: Pick<Queries, 'spansOfTrace' | 'spansOfTraces' | 'outlineOfTrace'>
}

const notJudged = `the trace has more than ${mostOutlinedSpans} spans: ids that spans share and clocks are left as they came`
/** The pieces of a trace as Jaeger's APIs answer them. @param isRaw as they are stored. */
export async function* piecesOf(
  source: TraceSource,
  reading: OpenedTrace,
  isRaw: boolean,
): AsyncGenerator<TracePiece> {
  const adjust = await pieceReader(source, reading, isRaw)
  for await (const piece of reading.pieces) yield adjust(piece)
}

/**
 * What makes the pieces of a trace that is being read into what Jaeger's APIs answer. Ids and clocks can only be
 * judged of all spans at once: those of a trace that is not read in one piece come from its outline. Where that
 * is too much, they stay, and the first span says so.
 */
export async function pieceReader(
  { queries, maxSkewNano }: TraceSource,
  { traceId, isWhole }: Pick<OpenedTrace, 'traceId' | 'isWhole'>,
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
