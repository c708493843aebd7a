import type { TraceId } from '@waybill/model'
import { parseTraceId, WaybillError } from '@waybill/model'

/**
 * Reads a trace id as Zipkin 3 does: 1 to 32 hex digits in lower case, padded with zeros. One of 16 digits or fewer
 * is the id of 64 bits.
 *
 * @throws WaybillError BAD_PARAMETER, in Zipkin's words.
 */
export function parseZipkinTraceId(text: string): TraceId {
  if (text.length > 32) throw bad('traceId.length > 32')
  if (!/^[0-9a-f]+$/.test(text))
    throw bad(text === '' ? 'traceId is empty' : `${text} should be lower-hex encoded with no prefix`)
  const traceId = parseTraceId(text.padStart(32, '0'))
  if (traceId === undefined) throw bad('traceId is all zeros')
  return traceId
}

/** A trace id in Zipkin's form: 16 digits where the upper half is zero. */
export function zipkinTraceId(traceId: TraceId): string {
  return traceId.startsWith('0'.repeat(16)) ? traceId.slice(16) : traceId
}

function bad(message: string): WaybillError {
  return new WaybillError('BAD_PARAMETER', message)
}
