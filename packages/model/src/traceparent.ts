/** What a `traceparent` header says (W3C Trace Context, section 3.2). */
export interface Traceparent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string
  /** 0 to 255; bit 0: sampled. */
  readonly flags: number
}

/** `00-` trace id `-` span id `-` flags. */
const length = 55

/**
 * Reads a `traceparent`, once a message, and therefore by its characters and without an expression:
 *
 *     version "-" trace-id "-" parent-id "-" trace-flags
 *     2 hex       32 hex       16 hex        2 hex
 *
 * A later version may have more behind another `-`; version `ff` is none.
 *
 * @returns undefined where the text is no traceparent.
 */
export function parseTraceparent(text: string): Traceparent | undefined {
  if (text.length < length || text[2] !== '-' || text[35] !== '-' || text[52] !== '-') return undefined
  if (!isHex(text, 0, 2) || !isHex(text, 3, 35) || !isHex(text, 36, 52) || !isHex(text, 53, 55))
    return undefined
  const version = text.slice(0, 2)
  if (version === 'ff') return undefined
  if (text.length > length && (version === '00' || text[length] !== '-')) return undefined
  if (isZero(text, 3, 35) || isZero(text, 36, 52)) return undefined
  return {
    traceId: text.slice(3, 35),
    spanId: text.slice(36, 52),
    flags: Number.parseInt(text.slice(53, 55), 16),
  }
}

/** Writes a `traceparent` of version 00. */
export function formatTraceparent({ traceId, spanId, flags }: Traceparent): string {
  return `00-${traceId}-${spanId}-${flags < 16 ? '0' : ''}${flags.toString(16)}`
}

function isHex(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 48 || unit > 102 || (unit > 57 && unit < 97)) return false
  }
  return true
}

function isZero(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) !== 48) return false
  return true
}
