import { WaybillError } from '@waybill/model'
import type { SpanEncoding } from '@waybill/wire/detect'
import { detectEncoding } from '@waybill/wire/detect'
import { encodeJaegerSpanJson, jaegerSpanToOtlp, jaegerThriftToOtlp } from '@waybill/wire/jaeger'
import { encodeTracesJson, parseTracesJson } from '@waybill/wire/otlp'
import {
  zipkinJsonToOtlp,
  zipkinProtobufToOtlp,
  zipkinThriftToOtlp,
  zipkinV1JsonToOtlp,
} from '@waybill/wire/zipkin'

/** Turns bytes into an OTLP request. @param arrivedMicros the time of spans that tell none. */
type Transcode = (bytes: Uint8Array, arrivedMicros: number) => Uint8Array

const codecs: Readonly<Record<SpanEncoding, Transcode>> = {
  otlp_proto: bytes => bytes,
  otlp_json: bytes => encodeTracesJson(parseTracesJson(bytes)),
  jaeger_proto: jaegerSpanToOtlp,
  jaeger_json: bytes => jaegerSpanToOtlp(encodeJaegerSpanJson(bytes)),
  jaeger_thrift: jaegerThriftToOtlp,
  zipkin_proto: zipkinProtobufToOtlp,
  zipkin_json: zipkinJsonToOtlp,
  zipkin_json_v1: zipkinV1JsonToOtlp,
  zipkin_thrift: zipkinThriftToOtlp,
}

/**
 * Turns the value of a record, in whatever encoding it is, into OTLP bytes.
 *
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970.
 * @throws WaybillError UNSUPPORTED_TYPE for bytes in no encoding of spans; what the encoding's codec throws.
 */
export function recordToOtlp(bytes: Uint8Array, arrivedMicros: number): Uint8Array {
  const encoding = detectEncoding(bytes)
  if (encoding === undefined)
    throw new WaybillError('UNSUPPORTED_TYPE', `${opening(bytes)} begins no encoding of spans`)
  return codecs[encoding](bytes, arrivedMicros)
}

function opening(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 8)).toString('hex')
}
