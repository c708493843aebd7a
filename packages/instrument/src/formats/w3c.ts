import type { SpanContext } from '@opentelemetry/api'
import { createTraceState, isSpanContextValid, trace } from '@opentelemetry/api'
import { formatTraceparent, parseTraceparent as readTraceparent } from '@waybill/model'
import type { Codec } from './codec.ts'
import { lastText } from './codec.ts'

/** Sampled and random (W3C Trace Context, Level 2). */
const namedFlags = 3

/** `traceparent`, and `tracestate`: a list of key "=" value, of the same hop as the traceparent. */
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
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return formatTraceparent({ traceId, spanId, flags: traceFlags & 0xff })
}

/** What a `traceparent` says; undefined where it is not one. Of the flags those that the recommendation names. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const parsed = text === undefined ? undefined : readTraceparent(text)
  if (parsed === undefined) return undefined
  const { traceId, spanId, flags } = parsed
  return { traceId, spanId, traceFlags: flags & namedFlags, isRemote: true }
}
