import type { TraceSearchResponse } from '@waybill/api'
import type { TraceId } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { SearchRequest } from './newest.ts'
import { findMatchedTraces, findNewestTraces } from './newest.ts'
import { findSlowestTraces } from './slowest.ts'
import { summarizeTraces } from './summaries.ts'

/** A search of traces; newest first where it names no order. */
export type TraceSearchRequest = SearchRequest & { readonly order?: 'newest' | 'slowest' }

/**
 * Finds traces with a span that started within the range and for which the query holds, newest or slowest first,
 * each summed up. Pages are stable: a trace that arrives between two of them changes neither.
 *
 * @throws WaybillError BAD_PARAMETER for a cursor that is none, QUERY_TOO_LARGE with what to narrow.
 */
export async function findTraces(reader: Reader, request: TraceSearchRequest): Promise<TraceSearchResponse> {
  const began = performance.now()
  const { traces: found, nextCursor } = await (request.order === 'slowest'
    ? findSlowestTraces
    : findNewestTraces)(reader, request)
  const traces = await summarizeTraces(reader, found, request)
  const tookMs = Math.round(performance.now() - began)
  return nextCursor === undefined ? { traces, tookMs } : { traces, nextCursor, tookMs }
}

/**
 * Ids of the traces with the newest spans that started within the range and for which the query holds, the
 * newest span first, up to the request's limit.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function findTraceIds(
  reader: Reader,
  request: Omit<SearchRequest, 'cursor'>,
): Promise<readonly TraceId[]> {
  return await findMatchedTraces(reader, request)
}
