import type { Attributes } from '@waybill/model'
import { displayValue, findAttribute } from '@waybill/model'
import type { SpanData } from '@waybill/wire/otlp'
import { decodeTraces } from '@waybill/wire/otlp'
import { ProtobufWriter } from '@waybill/wire/protobuf'

/*
 * ListOfSpans { repeated Span spans = 1 }
 * Span { bytes trace_id = 1; bytes parent_id = 2; bytes id = 3; Kind kind = 4; string name = 5;
 *        fixed64 timestamp = 6; uint64 duration = 7; Endpoint local_endpoint = 8;
 *        repeated Annotation annotations = 10; map<string, string> tags = 11 }
 * Endpoint { string service_name = 1 }; Annotation { fixed64 timestamp = 1; string value = 2 }
 * Times in microseconds. Source: zipkin-api, zipkin.proto.
 */
const field = (number: number, wireType: 0 | 1 | 2): number => number * 8 + wireType

/** OTLP's kinds from unspecified to consumer, as Zipkin numbers them; it has no internal. */
const kinds = [0, 0, 2, 1, 3, 4] as const

/**
 * An OTLP request as Zipkin's protobuf, mapped as OpenTelemetry's specification has it ("Transformation to
 * Zipkin"): attributes of span and resource become tags, events annotations. Links have no place there.
 */
export function otlpToZipkin(body: Buffer): Buffer {
  const writer = new ProtobufWriter(body.length * 2)
  for (const { resource, scopeSpans } of decodeTraces(body).resourceSpans) {
    const service = findAttribute(resource.attributes, 'service.name') ?? {}
    const shared = resource.attributes.filter(({ key }) => key !== 'service.name')
    for (const { scope, spans } of scopeSpans)
      for (const span of spans) {
        const start = writer.begin(field(1, 2))
        writeSpan(writer, span, displayValue(service))
        writeTags(writer, [...span.attributes, ...shared])
        writeTag(writer, 'otel.scope.name', scope.name)
        writer.end(start)
      }
  }
  return Buffer.from(writer.finish())
}

function writeSpan(writer: ProtobufWriter, span: SpanData, service: string): void {
  const startNano = BigInt(span.startTimeUnixNano)
  writer.hex(field(1, 2), span.traceId)
  if (span.parentSpanId !== '') writer.hex(field(2, 2), span.parentSpanId)
  writer.hex(field(3, 2), span.spanId)
  writer.varint(field(4, 0), kinds[span.kind] ?? 0)
  writer.string(field(5, 2), span.name)
  writer.fixed64(field(6, 1), startNano / 1000n)
  writer.varint64(field(7, 0), (BigInt(span.endTimeUnixNano) - startNano) / 1000n)
  const endpoint = writer.begin(field(8, 2))
  writer.string(field(1, 2), service)
  writer.end(endpoint)
  for (const event of span.events) {
    const attributes = event.attributes.map(({ key, value }) => [key, displayValue(value)])
    const annotation = writer.begin(field(10, 2))
    writer.fixed64(field(1, 1), BigInt(event.timeUnixNano) / 1000n)
    writer.string(field(2, 2), JSON.stringify({ [event.name]: Object.fromEntries(attributes) }))
    writer.end(annotation)
  }
  if (span.status.code === 2) writeTag(writer, 'error', span.status.message)
}

function writeTags(writer: ProtobufWriter, attributes: Attributes): void {
  for (const { key, value } of attributes) writeTag(writer, key, displayValue(value))
}

function writeTag(writer: ProtobufWriter, key: string, value: string): void {
  const tag = writer.begin(field(11, 2))
  writer.string(field(1, 2), key)
  writer.string(field(2, 2), value)
  writer.end(tag)
}
