// Spans, and their bytes in each format: for tests and benches
export {
  jaegerBinary,
  jaegerCompact,
  jaegerProtobuf,
  jaegerSpanJson,
  jaegerSpanProtobuf,
  jaegerThrift,
} from './jaeger.ts'
export { nestedMessages, otlpJson, otlpProtobuf } from './otlp.ts'
export type { SampleSpan } from './spans.ts'
export { kafkaSpans, sampleService, sampleSpan } from './spans.ts'
export { zipkinJson, zipkinJsonV1, zipkinProtobuf, zipkinThrift } from './zipkin.ts'
