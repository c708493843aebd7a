import type { AnyValue } from '@waybill/model'
import { encodeMessage } from './json.ts'
import { anyValue, exportRequest } from './schema.ts'
import type { PartialTraces } from './traces.ts'

/**
 * Writes traces as the protobuf bytes of an ExportTraceServiceRequest. The typed twin of
 * {@link encodeTracesJson}, for tests and tools that build their spans in code.
 *
 * @throws WaybillError BAD_JSON for what the types cannot rule out, such as an id of the wrong length.
 */
export function encodeTraces(traces: PartialTraces): Uint8Array {
  return encodeMessage(exportRequest, traces)
}

/** Writes the bytes of one AnyValue. @throws WaybillError BAD_JSON */
export function encodeAnyValue(value: AnyValue): Uint8Array {
  return encodeMessage(anyValue, value)
}
