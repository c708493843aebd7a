import type { SpanContext } from '@opentelemetry/api'
import { createTraceState, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Codec } from './codec.ts'
import { isHexId, lastText } from './codec.ts'

/*
 * W3C Trace Context, Level 2:
 *
 *   traceparent = version "-" trace-id "-" parent-id "-" trace-flags
 *                 2 hex       32 hex       16 hex        2 hex        in lower case
 *   Version ff is invalid. Version 00 is 55 characters long; a later one may go on after a further "-".
 *   tracestate  = list of key "=" value, of the same hop as the traceparent
 */
const length = 55
const dash = 45

export const w3c: Codec = {
  fields: ['traceparent', 'tracestate'],
  read(base, carrier, getter) {
    const parsed = parseTraceparent(lastText(getter.get(carrier, 'traceparent')))
    if (parsed === undefined) return base
    const state = lastText(getter.get(carrier, 'tracestate'))
    return trace.setSpanContext(
      base,
      state === undefined || state === ''
        ? parsed
        : Object.assign(parsed, { traceState: createTraceState(state) }),
    )
  },
  write(context, carrier, setter) {
    const span = trace.getSpanContext(context)
    if (span === undefined || !isSpanContextValid(span)) return
    setter.set(carrier, 'traceparent', traceparentOf(span))
    const state = span.traceState?.serialize()
    if (state !== undefined && state !== '') setter.set(carrier, 'tracestate', state)
  },
}

/** The text of a `traceparent` header of version 00. */
export function traceparentOf(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 0xff).toString(16).padStart(2, '0')}`
}

/** What a `traceparent` says; undefined where it is not one. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  if (text === undefined || text.length < length) return undefined
  const hasDashes =
    text.charCodeAt(2) === dash && text.charCodeAt(35) === dash && text.charCodeAt(52) === dash
  if (!hasDashes || !isHexId(text, 3, 35) || !isHexId(text, 36, 52)) return undefined
  const version = hexByte(text, 0)
  const flags = hexByte(text, 53)
  if (version < 0 || version === 0xff || flags < 0) return undefined
  const goesOn = text.length > length
  if (goesOn && (version === 0 || text.charCodeAt(length) !== dash)) return undefined
  return { traceId: text.slice(3, 35), spanId: text.slice(36, 52), traceFlags: flags & 3, isRemote: true }
}

function hexByte(text: string, start: number): number {
  const high = hexDigit(text.charCodeAt(start))
  const low = hexDigit(text.charCodeAt(start + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  return code >= 97 && code <= 102 ? code - 87 : -1
}
