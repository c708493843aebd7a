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
const dash = 0x2d

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
  if (text.length < length) return undefined
  if (text.charCodeAt(2) !== dash || text.charCodeAt(35) !== dash || text.charCodeAt(52) !== dash)
    return undefined
  const version = byteAt(text, 0)
  if (version < 0 || version === 0xff) return undefined
  if (text.length > length && (version === 0 || text.charCodeAt(length) !== dash)) return undefined
  const flags = byteAt(text, 53)
  if (flags < 0 || !isId(text, 3, 35) || !isId(text, 36, 52)) return undefined
  return { traceId: text.slice(3, 35), spanId: text.slice(36, 52), flags }
}

/** Writes a `traceparent` of version 00. */
export function formatTraceparent({ traceId, spanId, flags }: Traceparent): string {
  return `00-${traceId}-${spanId}-${flags < 16 ? '0' : ''}${flags.toString(16)}`
}

/** What two hex digits say; negative where they are none. */
function byteAt(text: string, at: number): number {
  return nibble(text.charCodeAt(at)) * 16 + nibble(text.charCodeAt(at + 1))
}

/** Whether all are hex digits, and not all zero. */
function isId(text: string, from: number, to: number): boolean {
  let seen = 0
  for (let at = from; at < to; at++) seen |= nibble(text.charCodeAt(at))
  return seen > 0
}

/** What a lower-case hex digit says; so far below zero where it is none that any sum and any `|` with it is, too. */
function nibble(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  return unit >= 0x61 && unit <= 0x66 ? unit - 0x57 : -0x1000
}
