import type { Context, TextMapGetter } from '@opentelemetry/api'
import { isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api'
import type { Codec } from './codec.ts'
import { lastText, spanContextOf, withSamplingRefused } from './codec.ts'

/*
 * B3 (openzipkin/b3-propagation), one header or several:
 *
 *   b3            = trace-id "-" span-id [ "-" sampling [ "-" parent-span-id ] ]  |  sampling alone
 *   X-B3-TraceId, X-B3-SpanId, X-B3-ParentSpanId, X-B3-Sampled, X-B3-Flags
 *   trace-id 16 or 32 hex, span-id 16 hex; sampling "1", "0", "d" (debug, sampled); Sampled also "true", "false";
 *   Flags "1" is debug.
 *
 * Where no sampling is said, the reader decides: the trace counts as sampled, since a span that asks its parent
 * could not decide otherwise.
 */
const single = 'b3'
const multi = {
  traceId: 'X-B3-TraceId',
  spanId: 'X-B3-SpanId',
  parentSpanId: 'X-B3-ParentSpanId',
  sampled: 'X-B3-Sampled',
  flags: 'X-B3-Flags',
} as const

export const b3: Codec = {
  fields: [single],
  read(base, carrier, getter) {
    const text = lastText(getter.get(carrier, single))
    if (text === undefined) return base
    if (text === '0') return withSamplingRefused(base)
    const [traceId, spanId, sampling] = text.split('-', 4)
    return withSpan(base, traceId, spanId, sampling !== '0')
  },
  write(context, carrier, setter) {
    const span = trace.getSpanContext(context)
    if (span === undefined || !isSpanContextValid(span)) return
    const sampling = (span.traceFlags & TraceFlags.SAMPLED) === 0 ? '0' : '1'
    setter.set(carrier, single, `${span.traceId}-${span.spanId}-${sampling}`)
  },
}

export const b3multi: Codec = {
  fields: Object.values(multi).flatMap(name => [name, name.toLowerCase()]),
  read(base, carrier, getter) {
    const traceId = either(carrier, getter, multi.traceId)
    const sampled = either(carrier, getter, multi.sampled)
    const isDebug = either(carrier, getter, multi.flags) === '1'
    const isRefused = !isDebug && (sampled === '0' || sampled === 'false')
    if (traceId === undefined) return isRefused ? withSamplingRefused(base) : base
    return withSpan(base, traceId, either(carrier, getter, multi.spanId), !isRefused)
  },
  write(context, carrier, setter) {
    const span = trace.getSpanContext(context)
    if (span === undefined || !isSpanContextValid(span)) return
    setter.set(carrier, multi.traceId, span.traceId)
    setter.set(carrier, multi.spanId, span.spanId)
    setter.set(carrier, multi.sampled, (span.traceFlags & TraceFlags.SAMPLED) === 0 ? '0' : '1')
  },
}

function withSpan(base: Context, traceId?: string, spanId?: string, isSampled?: boolean): Context {
  const span = spanContextOf(traceId, spanId, isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE)
  return span === undefined ? base : trace.setSpanContext(base, span)
}

/** Brokers keep the case of a header's name, and both cases are written: the specification's and the lower one. */
function either<Carrier>(carrier: Carrier, getter: TextMapGetter<Carrier>, name: string): string | undefined {
  return lastText(getter.get(carrier, name) ?? getter.get(carrier, name.toLowerCase()))
}
