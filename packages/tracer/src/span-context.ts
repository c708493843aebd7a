import type { SpanContext } from '@opentelemetry/api'
import { INVALID_SPAN_CONTEXT } from '@opentelemetry/api'

const invalidTraceId = INVALID_SPAN_CONTEXT.traceId
const invalidSpanId = INVALID_SPAN_CONTEXT.spanId

/**
 * Whether a context has ids, and not the zeros that stand for none. The API's own check looks at every digit, which
 * takes longer than all that injecting a context does beside it; what comes here was parsed or made by a tracer.
 */
export function hasIds({ traceId, spanId }: SpanContext): boolean {
  return (
    traceId.length === 32 && spanId.length === 16 && traceId !== invalidTraceId && spanId !== invalidSpanId
  )
}
