import { isSpanContextValid, propagation, TraceFlags, trace } from '@opentelemetry/api'
import type { Codec } from './codec.ts'
import { encoded, lastText, spanContextOf } from './codec.ts'

/*
 * Jaeger's own propagation (jaegertracing.io, client libraries):
 *
 *   uber-trace-id   = trace-id ":" span-id ":" parent-span-id ":" flags     hex without leading zeros;
 *                     ":" may be written as %3A; flags bit 0 is sampled, bit 1 is debug
 *   uberctx-<key>   = baggage, percent-encoded
 */
const header = 'uber-trace-id'
const baggagePrefix = 'uberctx-'

export const jaeger: Codec = {
  fields: [header],
  read(base, carrier, getter) {
    const text = lastText(getter.get(carrier, header))
    if (text === undefined) return base
    const [traceId, spanId, , flags] = (text.includes('%') ? decoded(text) : text).split(':', 4)
    const isSampled = (Number.parseInt(flags ?? '', 16) & 3) !== 0
    const span = spanContextOf(traceId, spanId, isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE)
    if (span === undefined) return base
    let baggage = propagation.getBaggage(base)
    for (const name of getter.keys(carrier)) {
      if (!name.startsWith(baggagePrefix)) continue
      const value = lastText(getter.get(carrier, name))
      if (value === undefined) continue
      baggage = (baggage ?? propagation.createBaggage()).setEntry(name.slice(baggagePrefix.length), {
        value: decoded(value),
      })
    }
    const context = trace.setSpanContext(base, span)
    return baggage === undefined ? context : propagation.setBaggage(context, baggage)
  },
  write(context, carrier, setter) {
    const span = trace.getSpanContext(context)
    if (span === undefined || !isSpanContextValid(span)) return
    setter.set(carrier, header, `${span.traceId}:${span.spanId}:0:${span.traceFlags & TraceFlags.SAMPLED}`)
    for (const [key, { value }] of propagation.getBaggage(context)?.getAllEntries() ?? [])
      setter.set(carrier, `${baggagePrefix}${key.toWellFormed()}`, encoded(value))
  },
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
