// Objects → Jaeger's formats

export { jaegerAgentToOtlp } from './agent.ts'
export { encodeModelSpan, encodePostSpans } from './api-v2/encode.ts'
// Jaeger's formats → OTLP bytes
export { jaegerPostSpansToOtlp, jaegerSpanToOtlp } from './api-v2/post-spans.ts'
export { jaegerThriftToOtlp } from './batch.ts'
export type { JaegerBatch, JaegerReference, JaegerSpan, JaegerTag } from './encode.ts'
export { encodeEmitBatch, encodeJaegerBatch } from './encode.ts'
