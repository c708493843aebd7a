import type { QueryClient } from '@tanstack/react-query'
import {
  QueryClient as Client,
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
} from '@tanstack/react-query'
import type {
  CompletionResponse,
  DependenciesResponse,
  FacetsResponse,
  FlowResponse,
  HistogramResponse,
  OperationsResponse,
  RedResponse,
  StatusResponse,
  TraceResponse,
  TraceSearchResponse,
  WaitsResponse,
} from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { unixMsOf } from '@waybill/model'
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

/** Matching traces, a page at a time, newest first unless told. `run` counts the visitor's presses of Run. */
export const tracesQuestion = (range: SearchRange, run: number, sort?: 'slowest') =>
  infiniteQueryOptions({
    queryKey: ['traces', range, run, sort],
    queryFn: ({ pageParam, signal }) =>
      requestJson<TraceSearchResponse>(
        apiPaths.traces,
        { ...range, sort, limit: pageSize, cursor: pageParam },
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

/** The operations of a service. */
export const operationsQuestion = (service: string) =>
  queryOptions({
    queryKey: ['operations', service],
    queryFn: ({ signal }) => requestJson<OperationsResponse>(apiPaths.operations, { service }, signal),
  })

/** How often a trace that may still be growing is asked for again, in milliseconds. */
const growingMs = 2000
/** A trace whose last span ended longer ago than this grows no more, in milliseconds. */
const settledMs = 20_000
/** Of a larger trace, asking again would cost more than it shows. */
const largestGrowing = 2000

/**
 * One trace with its messages and the other ends of its links. Spans arrive when their services export them:
 * a trace that is not there yet, or that has just happened, is asked for again by itself.
 */
export const traceQuestion = (traceId: string) =>
  queryOptions({
    queryKey: ['trace', traceId],
    queryFn: ({ signal }) => requestJson<TraceResponse>(apiPaths.trace(traceId), {}, signal),
    refetchInterval: ({ state: { data, error } }) => {
      if (data === undefined) return error instanceof RequestError && error.status === 404 ? growingMs : false
      return isGrowing(data) ? growingMs : false
    },
  })

function isGrowing({ trace }: TraceResponse): boolean {
  if (trace.spans.length > largestGrowing) return false
  const last = trace.spans.reduce((latest, span) => Math.max(latest, unixMsOf(span.endTimeUnixNano)), 0)
  return Date.now() - last < settledMs
}

/** What the server is and how much it holds. */
export const statusQuestion = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => requestJson<StatusResponse>(apiPaths.status, {}, signal),
})

/** What may stand at offset `at` of the text of `range.q`, as far as it is stored in the range. */
export function askCompletion(
  range: SearchRange,
  at: number,
  signal: AbortSignal,
): Promise<CompletionResponse> {
  return requestJson<CompletionResponse>(apiPaths.complete, { ...range, at }, signal)
}

/** A range of time, as in {@link SearchRange}. */
export type TimeSpan = Omit<SearchRange, 'q'>

/** Which services call which, and send messages to which. */
export const dependenciesQuestion = (range: TimeSpan) =>
  queryOptions({
    queryKey: ['dependencies', range],
    queryFn: ({ signal }) => requestJson<DependenciesResponse>(apiPaths.dependencies, { ...range }, signal),
  })

/** Which services do what with the messages of which destinations. */
export const flowQuestion = (range: TimeSpan) =>
  queryOptions({
    queryKey: ['flow', range],
    queryFn: ({ signal }) => requestJson<FlowResponse>(apiPaths.flow, { ...range }, signal),
  })

/** Rate, errors and durations of each service's spans of one kind. */
export const servicesQuestion = (range: TimeSpan, kind: 'server' | 'consumer') =>
  queryOptions({
    queryKey: ['red', range, kind],
    queryFn: ({ signal }) =>
      requestJson<RedResponse>(apiPaths.red, { ...range, by: 'service', kind }, signal),
  })

/** How long the messages of one destination waited, for each group. */
export const waitsQuestion = (range: TimeSpan, destination: string) =>
  queryOptions({
    queryKey: ['waits', range, destination],
    queryFn: ({ signal }) => requestJson<WaitsResponse>(apiPaths.waits, { ...range, destination }, signal),
  })
