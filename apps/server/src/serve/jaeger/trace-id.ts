import type { TraceId } from '@waybill/model'
import { parseTraceId } from '@waybill/model'

/**
 * A trace id as Jaeger 2.20 takes it: up to 32 hex digits, or base64 (standard or URL alphabet, padded or
 * not) of 8 or 16 bytes, as protobuf's JSON writes ids.
 *
 * @returns undefined where the text is no trace id.
 */
export function parseJaegerTraceId(text: string): TraceId | undefined {
  const hex = parseTraceId(text)
  if (hex !== undefined) return hex
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const length = text.replace(/=+$/, '').length
  const fits = (bytes.length === 16 && length === 22) || (bytes.length === 8 && length === 11)
  return fits ? parseTraceId(bytes.toString('hex')) : undefined
}

/** A trace id as Jaeger writes it: without the high half where that is zero. */
export function jaegerTraceId(traceId: TraceId): string {
  return traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId
}
