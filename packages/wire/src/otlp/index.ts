// Checking bytes: the way in

// Bytes → objects in the shape of OTLP/JSON
export { decodeAnyValue, decodeArrayValue, decodeKeyValueList, decodeTraces } from './decode.ts'
// OTLP/JSON and objects in its shape → bytes
export { encodeAnyValue, encodeTraces } from './encode.ts'
export { encodeTracesJson, parseTracesJson } from './json.ts'
// Answers
export type { ExportResponse, RpcStatus } from './response.ts'
export { encodeExportResponse, encodeStatus, exportResponseJson, statusJson } from './response.ts'
// Limits
export { maxValueDepth } from './schema.ts'
export type {
  EntityRefData,
  EventData,
  LinkData,
  PartialTraces,
  ResourceData,
  ResourceSpansData,
  ScopeData,
  ScopeSpansData,
  SpanData,
  TracesData,
} from './traces.ts'
export type { WalkResult } from './walk.ts'
export { soundPrefix, walkTraces } from './walk.ts'
