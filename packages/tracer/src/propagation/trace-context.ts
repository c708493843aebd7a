import type { TextMapPropagator } from '@opentelemetry/api'
import { createTraceState, trace } from '@opentelemetry/api'
import { formatTraceparent, parseTraceparent } from '@waybill/model'
import { hasIds } from '../span-context.ts'
import { isSuppressed } from '../suppression.ts'

const fields = ['traceparent', 'tracestate']

/** `traceparent` and `tracestate` (W3C Trace Context, level 1). A later repetition of a header counts. */
export const traceContextPropagator: TextMapPropagator = {
  inject(context, carrier, setter) {
    const span = trace.getSpanContext(context)
    if (span === undefined || !hasIds(span) || isSuppressed(context)) return
    const { traceId, spanId, traceFlags, traceState } = span
    setter.set(carrier, 'traceparent', formatTraceparent({ traceId, spanId, flags: traceFlags }))
    if (traceState !== undefined) {
      const text = traceState.serialize()
      if (text !== '') setter.set(carrier, 'tracestate', text)
    }
  },
  extract(context, carrier, getter) {
    const header = getter.get(carrier, 'traceparent')
    const text = Array.isArray(header) ? header.at(-1) : header
    const parent = typeof text === 'string' ? parseTraceparent(text.trim()) : undefined
    if (parent === undefined) return context
    const state = getter.get(carrier, 'tracestate')
    const list = Array.isArray(state) ? state.join(',') : state
    const { traceId, spanId, flags: traceFlags } = parent
    const isListed = typeof list === 'string' && list !== ''
    return trace.setSpanContext(
      context,
      isListed
        ? { traceId, spanId, traceFlags, isRemote: true, traceState: createTraceState(list) }
        : { traceId, spanId, traceFlags, isRemote: true },
    )
  },
  fields: () => fields,
}
