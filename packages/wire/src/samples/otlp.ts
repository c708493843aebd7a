import { encodeTraces } from '../otlp/encode.ts'
import type { PartialTraces } from '../otlp/traces.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import type { SampleSpan } from './spans.ts'
import { sampleService } from './spans.ts'

const kinds = { producer: 4, consumer: 5 } as const
const scopeName = '@opentelemetry/instrumentation-kafkajs'

/** OTLP/JSON of the spans, as an object. */
function tracesOf(spans: readonly SampleSpan[]): PartialTraces {
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: sampleService } }] },
        scopeSpans: [
          {
            scope: { name: scopeName },
            spans: spans.map(({ traceId, spanId, parentSpanId, name, kind, tags, ...span }) => ({
              traceId,
              spanId,
              parentSpanId: /^0+$/.test(parentSpanId) ? '' : parentSpanId,
              name,
              kind: kinds[kind],
              startTimeUnixNano: String(span.startMicros * 1000n),
              endTimeUnixNano: String((span.startMicros + span.durationMicros) * 1000n),
              attributes: Object.entries(tags).map(([key, value]) => ({
                key,
                value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
              })),
            })),
          },
        ],
      },
    ],
  }
}

/** An ExportTraceServiceRequest, in protobuf. */
export function otlpProtobuf(spans: readonly SampleSpan[]): Uint8Array {
  return encodeTraces(tracesOf(spans))
}

/** An ExportTraceServiceRequest, in JSON. */
export function otlpJson(spans: readonly SampleSpan[]): Uint8Array {
  return Buffer.from(JSON.stringify(tracesOf(spans)))
}

/**
 * Nests messages: `inner` in a field of each of the tags in turn, `depth` times. The lists of OTLP's AnyValue nest by
 * its field 5, array_value, and the field 1 of that.
 */
export function nestedMessages(
  tags: readonly number[],
  depth: number,
  inner: Uint8Array = new Uint8Array(),
): Uint8Array {
  const heads: Uint8Array[] = []
  let length = inner.length
  for (let level = 0; level < depth; level++)
    for (const tag of tags) {
      const writer = new ProtobufWriter(16)
      writer.varint(tag, length)
      heads.push(writer.finish())
      length += writer.length
    }
  return Buffer.concat([...heads.reverse(), inner])
}
