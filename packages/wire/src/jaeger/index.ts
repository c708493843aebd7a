// Jaeger's thrift → OTLP bytes
export { jaegerAgentToOtlp } from './agent.ts'
export { jaegerThriftToOtlp } from './batch.ts'
// Objects → Jaeger's thrift
export type { JaegerBatch, JaegerReference, JaegerSpan, JaegerTag } from './encode.ts'
export { encodeEmitBatch, encodeJaegerBatch } from './encode.ts'
