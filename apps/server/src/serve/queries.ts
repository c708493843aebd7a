import type {
  CompletionResponse,
  DependenciesResponse,
  ExplainResponse,
  FacetsResponse,
  FlowResponse,
  HistogramResponse,
  JourneyResponse,
  MessageSearchResponse,
  OperationsResponse,
  PinnedTrace,
  PinsResponse,
  RedResponse,
  ServicesResponse,
  SpanSearchResponse,
  StatusResponse,
  TraceSearchResponse,
  WaitsResponse,
} from '@waybill/api'
import type { SpanKind, Trace, TraceId } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import type { FlowRequest } from '../query/counts/flow.ts'
import type { RedRequest } from '../query/counts/red.ts'
import type { ServiceMetrics, ServiceMetricsRequest } from '../query/counts/service-metrics.ts'
import type { WaitsRequest } from '../query/counts/waits.ts'
import type { DependenciesRequest } from '../query/dependencies/dependencies.ts'
import type { TimeRange } from '../query/time-range.ts'
import type { Outline } from '../query/trace/outline.ts'
import type { SpanReading } from '../query/trace/span-slices.ts'
import type { TraceReading } from '../query/trace/trace.ts'

/** A query tree and the spans it looks at: those that started within the range. */
export interface Narrowed {
  readonly query: Query
  readonly range: TimeRange
}

export interface SearchRequest extends Narrowed {
  /** 1 to 1500. */
  readonly limit: number
  readonly cursor?: string
}

export interface TraceSearchRequest extends SearchRequest {
  /** `newest` where it is absent. */
  readonly order?: 'newest' | 'slowest'
}

/** Every question that can be asked over HTTP. All answers are in the form that the API gives them. */
export interface Queries {
  readonly status: () => Promise<StatusResponse>
  readonly services: () => Promise<ServicesResponse>
  /** Operations of one service, or of all; of one kind of span, or of all. */
  readonly operations: (service?: string, kind?: SpanKind) => Promise<OperationsResponse>
  readonly searchTraces: (request: TraceSearchRequest) => Promise<TraceSearchResponse>
  readonly searchSpans: (request: SearchRequest) => Promise<SpanSearchResponse>
  readonly searchMessages: (request: SearchRequest) => Promise<MessageSearchResponse>
  /** What each question would run and read, instead of its answer. */
  readonly explain: {
    readonly traces: (request: TraceSearchRequest) => Promise<ExplainResponse>
    readonly spans: (request: SearchRequest) => Promise<ExplainResponse>
    readonly messages: (request: SearchRequest) => Promise<ExplainResponse>
    readonly histogram: (request: Narrowed) => Promise<ExplainResponse>
    readonly facets: (request: Narrowed) => Promise<ExplainResponse>
    readonly red: (request: RedRequest) => Promise<ExplainResponse>
    readonly flow: (request: FlowRequest) => Promise<ExplainResponse>
    readonly waits: (request: WaitsRequest) => Promise<ExplainResponse>
    readonly dependencies: (request: DependenciesRequest) => Promise<ExplainResponse>
  }
  readonly findTraceIds: (request: SearchRequest) => Promise<readonly TraceId[]>
  readonly histogram: (request: Narrowed) => Promise<HistogramResponse>
  readonly facets: (request: Narrowed) => Promise<FacetsResponse>
  /** Rate, errors and duration of spans. */
  readonly red: (request: RedRequest) => Promise<RedResponse>
  /** Calls, errors and durations of services in a sliding window. */
  readonly serviceMetrics: (request: ServiceMetricsRequest) => Promise<ServiceMetrics>
  /** The flow of messages between services and destinations. */
  readonly flow: (request: FlowRequest) => Promise<FlowResponse>
  /** How long the messages of one destination waited. */
  readonly waits: (request: WaitsRequest) => Promise<WaitsResponse>
  /** Which services call which. */
  readonly dependencies: (request: DependenciesRequest) => Promise<DependenciesResponse>
  /** Names of attributes of spans and resources. */
  readonly attributeKeys: () => Promise<readonly string[]>
  readonly attributeValues: (key: string) => Promise<readonly string[]>
  /** Who is at the other end of a service's calls and messages. */
  readonly peers: (service: string) => Promise<readonly string[]>
  readonly complete: (text: string, at: number, range: TimeRange) => Promise<CompletionResponse>
  /** undefined where nothing of the trace is stored. */
  readonly trace: (traceId: TraceId) => Promise<TraceReading | undefined>
  /** The spans alone, without what other traces say of them. */
  readonly spansOfTrace: (traceId: TraceId) => Promise<SpanReading | undefined>
  /** The spans of several traces; those that are large or not stored are left out. */
  readonly spansOfTraces: (traceIds: readonly TraceId[]) => Promise<ReadonlyMap<TraceId, Trace>>
  /** What ids and clocks are judged by; undefined where there is nothing or too much of it. */
  readonly outlineOfTrace: (traceId: TraceId) => Promise<Outline | undefined>
  readonly journey: (
    system: string,
    destination: string,
    partition: string,
    offset: string,
  ) => Promise<JourneyResponse | undefined>
  readonly messageJourney: (messageId: string) => Promise<JourneyResponse | undefined>
  /** Traces that are kept for ever. */
  readonly pins: {
    readonly list: () => Promise<PinsResponse>
    /** undefined where nothing of the trace is stored. */
    readonly pin: (traceId: TraceId) => Promise<PinnedTrace | undefined>
    readonly unpin: (traceId: TraceId) => Promise<void>
  }
}
