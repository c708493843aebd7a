// Services, operations, the server itself, errors
export type { ErrorResponse, OperationsResponse, ServicesResponse, StatusResponse } from './catalog.ts'
// Calls between services
export type { DependenciesParameters, DependenciesResponse, DependencyLink } from './dependencies.ts'
// Paths of the API
export { apiPaths } from './paths.ts'
// Rates over time
export type {
  DurationQuantiles,
  FlowParameters,
  FlowResponse,
  FlowRoute,
  FlowStep,
  RedParameters,
  RedResponse,
  RedSeries,
  RedStep,
  Waits,
  WaitsParameters,
  WaitsResponse,
} from './rates.ts'
// Searching
export type {
  CompletionResponse,
  ExplainResponse,
  FacetsResponse,
  HistogramResponse,
  MessageHit,
  MessageSearchResponse,
  PathStep,
  SearchParameters,
  ShapePart,
  SpanHit,
  SpanSearchResponse,
  TraceSearchParameters,
  TraceSearchResponse,
  TraceSummary,
} from './search.ts'
// One trace, one message
export type {
  JourneyResponse,
  JourneyStop,
  LinkedSpan,
  PinnedTrace,
  PinsResponse,
  TraceResponse,
} from './trace.ts'
