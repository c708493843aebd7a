import { ProtobufWriter } from '../protobuf/writer.ts'

/** What an endpoint answers to spans it took. */
export interface ExportResponse {
  /** Spans that were left out. */
  readonly rejectedSpans: number
  /** Why, or a warning where nothing was left out; the empty string for nothing to say. */
  readonly errorMessage: string
}

/** A google.rpc.Status: what an endpoint answers to a request it did not take. */
export interface RpcStatus {
  /** A number of google.rpc.Code, such as 3 for INVALID_ARGUMENT or 8 for RESOURCE_EXHAUSTED. */
  readonly code: number
  readonly message: string
  /** When the client may try again; absent where that would not help. */
  readonly retryDelayMs?: number
}

const retryInfoType = 'type.googleapis.com/google.rpc.RetryInfo'

/**
 * Writes an ExportTraceServiceResponse (collector/trace/v1/trace_service.proto). Full success is a message
 * without fields, as the OTLP specification asks ("Full Success").
 *
 *     ExportTraceServiceResponse: partial_success = 1 { rejected_spans: int64 = 1, error_message: string = 2 }
 */
export function encodeExportResponse(response: ExportResponse): Uint8Array {
  const writer = new ProtobufWriter(64)
  if (!isFullSuccess(response)) {
    const partialSuccess = writer.begin(1 * 8 + 2)
    if (response.rejectedSpans !== 0) writer.varint(1 * 8, response.rejectedSpans)
    if (response.errorMessage !== '') writer.string(2 * 8 + 2, response.errorMessage)
    writer.end(partialSuccess)
  }
  return writer.finish()
}

/** The same in OTLP/JSON: the object to be written as JSON. */
export function exportResponseJson(response: ExportResponse): object {
  if (isFullSuccess(response)) return {}
  const { rejectedSpans, errorMessage } = response
  return { partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage } }
}

function isFullSuccess(response: ExportResponse): boolean {
  return response.rejectedSpans === 0 && response.errorMessage === ''
}

/**
 * Writes a google.rpc.Status, the body of every OTLP error, with a RetryInfo where trying again helps
 * (OTLP specification, "Failures" and "OTLP/gRPC Throttling").
 *
 *     Status:    code: int32 = 1, message: string = 2, details: repeated Any = 3
 *     Any:       type_url: string = 1, value: bytes = 2
 *     RetryInfo: retry_delay = 1 { seconds: int64 = 1, nanos: int32 = 2 }
 */
export function encodeStatus(status: RpcStatus): Uint8Array {
  const writer = new ProtobufWriter(128)
  writer.varint(1 * 8, status.code)
  writer.string(2 * 8 + 2, status.message)
  if (status.retryDelayMs !== undefined) {
    const delayMs = Math.max(0, Math.ceil(status.retryDelayMs))
    const detail = writer.begin(3 * 8 + 2)
    writer.string(1 * 8 + 2, retryInfoType)
    const retryInfo = writer.begin(2 * 8 + 2)
    const delay = writer.begin(1 * 8 + 2)
    writer.varint(1 * 8, Math.floor(delayMs / 1000))
    writer.varint(2 * 8, (delayMs % 1000) * 1_000_000)
    writer.end(delay)
    writer.end(retryInfo)
    writer.end(detail)
  }
  return writer.finish()
}

/** The same in JSON (proto3's mapping of Status, Any and Duration): the object to be written as JSON. */
export function statusJson({ code, message, retryDelayMs }: RpcStatus): object {
  if (retryDelayMs === undefined) return { code, message }
  const seconds = Math.max(0, Math.ceil(retryDelayMs)) / 1000
  return { code, message, details: [{ '@type': retryInfoType, retryDelay: `${seconds}s` }] }
}
