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
 * Nests messages: `tag` inside itself, `depth` times. In OTLP's AnyValue, whose array_value is field 5 and holds
 * values as field 1, lists in lists are made so.
 */
export function nestedMessages(tags: readonly number[], depth: number): Uint8Array {
  let inner: Uint8Array = new Uint8Array()
  for (let level = 0; level < depth; level++)
    for (const tag of tags) {
      const writer = new ProtobufWriter(inner.length + 24)
      writer.raw(tag, inner)
      inner = writer.finish()
    }
  return inner
}
