import { WaybillError } from '@waybill/model'
import type { SpanEncoding } from '@waybill/wire/detect'
import { detectEncoding } from '@waybill/wire/detect'
import { jaegerThriftToOtlp } from '@waybill/wire/jaeger'
import { encodeTracesJson, parseTracesJson } from '@waybill/wire/otlp'

/** From each encoding to the bytes of an OTLP ExportTraceServiceRequest. */
const codecs: Readonly<Partial<Record<SpanEncoding, (bytes: Uint8Array) => Uint8Array>>> = {
  otlp_proto: bytes => bytes,
  otlp_json: bytes => encodeTracesJson(parseTracesJson(bytes)),
  jaeger_thrift: jaegerThriftToOtlp,
}

/**
 * Turns the value of a record, in whatever encoding it is, into OTLP bytes.
 *
 * @throws WaybillError UNSUPPORTED_TYPE for bytes in no encoding of spans; what the encoding's codec throws.
 */
export function recordToOtlp(bytes: Uint8Array): Uint8Array {
  const encoding = detectEncoding(bytes)
  const codec = encoding === undefined ? undefined : codecs[encoding]
  if (codec === undefined)
    throw new WaybillError('UNSUPPORTED_TYPE', `${opening(bytes)} begins no encoding of spans`)
  return codec(bytes)
}

function opening(bytes: Uint8Array): string {
  return bytes.length === 0 ? 'an empty value' : Buffer.from(bytes.subarray(0, 8)).toString('hex')
}
