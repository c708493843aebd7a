// Zipkin's formats → OTLP bytes

// Stored spans → Zipkin's v2 model
export { zipkinSpans } from './from-trace.ts'
export { zipkinJsonToOtlp } from './json.ts'
export { zipkinProtobufToOtlp } from './protobuf.ts'
export type { ZipkinAnnotation, ZipkinEndpoint, ZipkinKind, ZipkinSpan } from './span.ts'
export { zipkinKinds } from './span.ts'
export { zipkinV1JsonToOtlp } from './v1-json.ts'
export { transcodeZipkinList, zipkinThriftToOtlp } from './v1-thrift.ts'
