declare const brand: unique symbol

/** A trace id: 32 lower-case hex digits, not all zero (W3C Trace Context, section 3.2.2.3). */
export type TraceId = string & { readonly [brand]: 'TraceId' }

/** A span id: 16 lower-case hex digits, not all zero (W3C Trace Context, section 3.2.2.4). */
export type SpanId = string & { readonly [brand]: 'SpanId' }

/**
 * Reads a trace id as people and tools write it: 1 to 32 hex digits of either case. Shorter ids
 * (Zipkin's and Jaeger's 64-bit ones) are padded with zeros on the left.
 *
 * @returns the id in its canonical form, or undefined where the text is no trace id.
 */
export function parseTraceId(text: string): TraceId | undefined {
  return parseHex(text, 32) as TraceId | undefined
}

/**
 * Reads a span id: 1 to 16 hex digits of either case, padded with zeros on the left.
 *
 * @returns the id in its canonical form, or undefined where the text is no span id.
 */
export function parseSpanId(text: string): SpanId | undefined {
  return parseHex(text, 16) as SpanId | undefined
}

function parseHex(text: string, digits: number): string | undefined {
  if (text.length > digits || !/^[0-9a-f]+$/i.test(text) || /^0+$/.test(text)) return undefined
  return text.toLowerCase().padStart(digits, '0')
}
