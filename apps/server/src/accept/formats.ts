import type { SpanEncoding } from '@waybill/wire/detect'
import {
  encodeJaegerSpanJson,
  jaegerPostSpansToOtlp,
  jaegerSpanToOtlp,
  jaegerThriftToOtlp,
} from '@waybill/wire/jaeger'
import { encodeTracesJson, parseTracesJson } from '@waybill/wire/otlp'
import {
  zipkinJsonToOtlp,
  zipkinProtobufToOtlp,
  zipkinThriftToOtlp,
  zipkinV1JsonToOtlp,
} from '@waybill/wire/zipkin'

/** What a body may be in: an encoding that its bytes tell, or one that only its way in does. */
export type SpanFormat = SpanEncoding | 'jaeger_post_spans'

type Transcode = (body: Uint8Array, arrivedMicros: number) => Uint8Array

const codecs: Readonly<Record<SpanFormat, Transcode>> = {
  otlp_proto: body => body,
  otlp_json: body => encodeTracesJson(parseTracesJson(body)),
  jaeger_proto: jaegerSpanToOtlp,
  jaeger_json: body => jaegerSpanToOtlp(encodeJaegerSpanJson(body)),
  jaeger_post_spans: jaegerPostSpansToOtlp,
  jaeger_thrift: jaegerThriftToOtlp,
  zipkin_proto: zipkinProtobufToOtlp,
  zipkin_json: zipkinJsonToOtlp,
  zipkin_json_v1: zipkinV1JsonToOtlp,
  zipkin_thrift: zipkinThriftToOtlp,
}

/** The formats' names. */
export const spanFormats = Object.keys(codecs) as readonly SpanFormat[]

/**
 * Turns a body into the bytes of an OTLP ExportTraceServiceRequest. Those of `otlp_proto` are the body itself.
 *
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970.
 * @throws WaybillError as the format's codec does: BAD_JSON, BAD_PROTOBUF, BAD_THRIFT.
 */
export function toOtlp(format: SpanFormat, body: Uint8Array, arrivedMicros: number): Uint8Array {
  return codecs[format](body, arrivedMicros)
}
