import type { Trace, TraceId } from '@waybill/model'
import type { SpanReading } from '../query/trace/span-slices.ts'
import type { Queries } from './queries.ts'

/** A trace to be read piece by piece, in one piece where it is small. */
export type OpenedTrace = Pick<SpanReading, 'traceId' | 'isWhole' | 'pieces'>

/** Small traces read from the store at a time while one answer is put together. */
const tracesAtATime = 100

/**
 * Opens traces one after the other, in the order of their ids, so that an answer of many holds few of them.
 *
 * @yields undefined in the place of one that is not stored.
 */
export async function* readEachTrace(
  queries: Pick<Queries, 'spansOfTrace' | 'spansOfTraces'>,
  traceIds: readonly TraceId[],
): AsyncGenerator<OpenedTrace | undefined> {
  for (let at = 0; at < traceIds.length; at += tracesAtATime) {
    const some = traceIds.slice(at, at + tracesAtATime)
    const small = await queries.spansOfTraces(some)
    for (const traceId of some) {
      const trace = small.get(traceId)
      yield trace === undefined
        ? await queries.spansOfTrace(traceId)
        : { traceId, isWhole: true, pieces: onePiece(trace) }
    }
  }
}

async function* onePiece(trace: Trace): AsyncGenerator<Trace> {
  yield trace
}
