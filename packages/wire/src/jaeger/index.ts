// Jaeger's formats → OTLP bytes; objects → Jaeger's formats
export { jaegerAgentToOtlp } from './agent.ts'
export { encodeModelSpan, encodePostSpans } from './api-v2/encode.ts'
export { jaegerPostSpansToOtlp, jaegerSpanToOtlp } from './api-v2/post-spans.ts'
export { jaegerThriftToOtlp } from './batch.ts'
export type { JaegerBatch, JaegerReference, JaegerSpan, JaegerTag } from './encode.ts'
export { encodeEmitBatch, encodeJaegerBatch } from './encode.ts'
// A span in Jaeger's JSON → the same in its protobuf
export { encodeJaegerSpanJson } from './span-json.ts'
