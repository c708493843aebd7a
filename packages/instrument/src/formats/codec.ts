import type { Context, SpanContext, TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import { createContextKey } from '@opentelemetry/api'

/** One way of writing a context into headers. Whatever stands in a header, reading it throws nothing. */
export interface Codec {
  /** The headers that it writes, all of which are stale once a newer context is written. */
  readonly fields: readonly string[]
  read<Carrier>(base: Context, carrier: Carrier, getter: TextMapGetter<Carrier>): Context
  write<Carrier>(context: Context, carrier: Carrier, setter: TextMapSetter<Carrier>): void
}

/** Under which a context says that its sender keeps no trace, where that is all the sender said (B3's `0`). */
const refusedKey = createContextKey('waybill.sampling.refused')

export function withSamplingRefused(context: Context): Context {
  return context.setValue(refusedKey, true)
}

export function isSamplingRefused(context: Context): boolean {
  return context.getValue(refusedKey) === true
}

const zeros = '0'.repeat(32)

/** Whether `text` consists of hexadecimal digits in lower case from `start` to before `end`, not all of them 0. */
export function isHexId(text: string, start: number, end: number): boolean {
  let isZero = true
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    const isDigit = code >= 48 && code <= 57
    if (!isDigit && !(code >= 97 && code <= 102)) return false
    if (code !== 48) isZero = false
  }
  return !isZero
}

/**
 * A span context of ids as older formats write them: shorter ones lack leading zeros, and digits may be capitals.
 * Undefined where they are no ids.
 */
export function spanContextOf(
  traceId: string | undefined,
  spanId: string | undefined,
  traceFlags: number,
): SpanContext | undefined {
  if (traceId === undefined || spanId === undefined || traceId.length > 32 || spanId.length > 16)
    return undefined
  const trace = padded(traceId, 32)
  const span = padded(spanId, 16)
  if (!isHexId(trace, 0, 32) || !isHexId(span, 0, 16)) return undefined
  return { traceId: trace, spanId: span, traceFlags, isRemote: true }
}

function padded(id: string, length: number): string {
  return (id.length < length ? zeros.slice(0, length - id.length) + id : id).toLowerCase()
}

/** Percent-encoded. Half of a character is none that could be encoded, and becomes U+FFFD. */
export function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** The text of a header; of several, the last one. */
export function lastText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[value.length - 1] : value
}
