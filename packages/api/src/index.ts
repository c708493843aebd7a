// Paths of the API

// Services, operations, the server itself, errors
export type { ErrorResponse, OperationsResponse, ServicesResponse, StatusResponse } from './catalog.ts'
export { apiPaths } from './paths.ts'
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
  TraceSearchResponse,
  TraceSummary,
} from './search.ts'
// One trace, one message
export type { JourneyResponse, JourneyStop, LinkedSpan, TraceResponse } from './trace.ts'
