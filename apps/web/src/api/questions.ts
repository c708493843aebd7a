import type { QueryClient } from '@tanstack/react-query'
import {
  QueryClient as Client,
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
} from '@tanstack/react-query'
import type {
  CompletionResponse,
  FacetsResponse,
  HistogramResponse,
  StatusResponse,
  TraceResponse,
  TraceSearchResponse,
} from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { RequestError, requestJson } from './request.ts'

/** What a search asks for: the query's text and either `last` or `start` and `end`. */
export interface SearchRange {
  readonly q?: string | undefined
  readonly last?: string | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
}

const pageSize = 50

/** The cache of the server's answers. What failed for a reason that stays is not asked again. */
export function makeQueryClient(): QueryClient {
  const retry = (failures: number, error: Error) =>
    failures < 2 && (!(error instanceof RequestError) || error.status === 429 || error.status >= 500)
  return new Client({
    defaultOptions: { queries: { retry, refetchOnWindowFocus: false, staleTime: 30_000 } },
  })
}

/** Matching traces, newest first, a page at a time. `run` counts the visitor's presses of Run. */
export const tracesQuestion = (range: SearchRange, run: number) =>
  infiniteQueryOptions({
    queryKey: ['traces', range, run],
    queryFn: ({ pageParam, signal }) =>
      requestJson<TraceSearchResponse>(
        apiPaths.traces,
        { ...range, limit: pageSize, cursor: pageParam },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: last => last.nextCursor,
    placeholderData: keepPreviousData,
  })

/** Matching traces over time. */
export const histogramQuestion = (range: SearchRange, run: number) =>
  queryOptions({
    queryKey: ['histogram', range, run],
    queryFn: ({ signal }) => requestJson<HistogramResponse>(apiPaths.histogram, { ...range }, signal),
    placeholderData: keepPreviousData,
  })

/** What the matching traces have in common. */
export const facetsQuestion = (range: SearchRange, run: number) =>
  queryOptions({
    queryKey: ['facets', range, run],
    queryFn: ({ signal }) => requestJson<FacetsResponse>(apiPaths.facets, { ...range }, signal),
    placeholderData: keepPreviousData,
  })

/** One trace with its messages and the other ends of its links. */
export const traceQuestion = (traceId: string) =>
  queryOptions({
    queryKey: ['trace', traceId],
    queryFn: ({ signal }) => requestJson<TraceResponse>(apiPaths.trace(traceId), {}, signal),
  })

/** What the server is and how much it holds. */
export const statusQuestion = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => requestJson<StatusResponse>(apiPaths.status, {}, signal),
})

/** What may stand at offset `at` of the query's text. */
export function askCompletion(q: string, at: number, signal: AbortSignal): Promise<CompletionResponse> {
  return requestJson<CompletionResponse>(apiPaths.complete, { q, at }, signal)
}
