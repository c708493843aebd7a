import type { PartialTraces } from '@waybill/wire/otlp'
import { decodeTraces, encodeTraces, encodeTracesJson, walkTraces } from '@waybill/wire/otlp'
import { bench, do_not_optimize, run, summary } from 'mitata'

// Codecs alone, a request of 512 spans with ten attributes each. Run: node bench/wire.bench.ts

const spansPerRequest = 512
const request = kafkaRequest(spansPerRequest)
const bytes = encodeTraces(request)
console.log(`${spansPerRequest} spans a request, ${(bytes.length / spansPerRequest).toFixed(0)} bytes a span`)

summary(() => {
  bench('walk OTLP', () => do_not_optimize(walkTraces(bytes)))
  bench('encode OTLP/JSON', () => do_not_optimize(encodeTracesJson(request)))
  bench('decode OTLP', () => do_not_optimize(decodeTraces(bytes)))
})

await run()

/** Spans of a service that sends to and processes from Kafka, with the attributes of the conventions. */
function kafkaRequest(spans: number): PartialTraces {
  let seed = 7
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed
  }
  const hex = (digits: number) => {
    let text = ''
    while (text.length < digits) text += random().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } })
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'order-service'), text('host.name', 'node-17')] },
        scopeSpans: [
          {
            scope: { name: '@opentelemetry/instrumentation-kafkajs', version: '0.27.0' },
            spans: Array.from({ length: spans }, (_, i) => ({
              traceId: hex(32),
              spanId: hex(16),
              parentSpanId: hex(16),
              name: i % 2 ? 'send orders' : 'process orders',
              kind: i % 2 ? 4 : 5,
              startTimeUnixNano: `17636400000${random() % 100000000}0`.padEnd(19, '0'),
              endTimeUnixNano: `17636400010${random() % 100000000}0`.padEnd(19, '0'),
              attributes: [
                text('messaging.system', 'kafka'),
                text('messaging.destination.name', 'orders'),
                text('messaging.destination.partition.id', String(random() % 12)),
                int('messaging.kafka.offset', random()),
                text('messaging.kafka.message.key', `order-${random() % 100000}`),
                text('messaging.operation.type', i % 2 ? 'send' : 'process'),
                text('messaging.consumer.group.name', 'billing'),
                int('messaging.message.body.size', random() % 4000),
                text('server.address', 'broker-1.example'),
                int('server.port', 9092),
              ],
              ...(i % 50 ? {} : { status: { code: 2, message: 'payment declined' } }),
              flags: 257,
            })),
          },
        ],
      },
    ],
  }
}
