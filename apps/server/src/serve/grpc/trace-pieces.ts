import type { TraceId } from '@waybill/model'
import { collectSpans } from '../../query/trace/span-reads.ts'
import type { SpanReading } from '../../query/trace/span-slices.ts'
import type { TracePiece } from '../jaeger/adjust/adjust.ts'
import { adjustTrace } from '../jaeger/adjust/adjust.ts'
import type { TraceSource } from '../jaeger/adjusted-traces.ts'
import { pieceReader, readTraces } from '../jaeger/adjusted-traces.ts'

/**
 * The pieces of one trace as they are read, adjusted unless it is asked for raw.
 *
 * @param reading of the trace.
 */
export async function* piecesOf(
  source: TraceSource,
  reading: SpanReading,
  isRaw: boolean,
): AsyncGenerator<TracePiece> {
  if (reading.isWhole) {
    const trace = await collectSpans(reading.traceId, reading.pieces)
    yield isRaw ? trace : adjustTrace(trace, source)
    return
  }
  const adjust = await pieceReader(source, reading, isRaw)
  for await (const piece of reading.pieces) yield adjust(piece)
}

/** Traces by their ids, each as its messages. */
export async function* encodeEach(
  source: TraceSource,
  traceIds: readonly TraceId[],
  isRaw: boolean,
  encode: (pieces: readonly TracePiece[]) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const trace of readTraces(source, traceIds, isRaw))
    if (trace !== undefined) yield* encode([trace])
}
