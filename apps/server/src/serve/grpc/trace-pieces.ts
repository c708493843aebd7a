import type { TraceId } from '@waybill/model'
import { readEachTrace } from '../each-trace.ts'
import type { TracePiece } from '../jaeger/adjust/adjust.ts'
import type { TraceSource } from '../jaeger/adjusted-traces.ts'
import { piecesOf } from '../jaeger/adjusted-traces.ts'

/** Traces by their ids, each as its messages, adjusted unless they are asked for raw. */
export async function* encodeEach(
  source: TraceSource,
  traceIds: readonly TraceId[],
  isRaw: boolean,
  encode: (pieces: AsyncIterable<TracePiece>) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const reading of readEachTrace(source.queries, traceIds))
    if (reading !== undefined) yield* encode(piecesOf(source, reading, isRaw))
}
