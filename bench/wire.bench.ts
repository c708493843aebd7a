import type { JaegerBatch } from '@waybill/wire/jaeger'
import { encodeJaegerBatch, jaegerThriftToOtlp } from '@waybill/wire/jaeger'
import type { PartialTraces } from '@waybill/wire/otlp'
import { decodeTraces, encodeTraces, encodeTracesJson, parseTracesJson, walkTraces } from '@waybill/wire/otlp'
import { bench, do_not_optimize, run } from 'mitata'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'

// The codecs alone: a request of 512 spans with ten attributes each, by the time that one span takes.

const spansPerRequest = 512
const request = kafkaRequest(spansPerRequest)
const otlp = encodeTraces(request)
const json = Buffer.from(JSON.stringify(request))
const thrift = encodeJaegerBatch(jaegerBatch(spansPerRequest))

const finishRecord = startRecord('wire', {
  'spans a request': spansPerRequest,
  'bytes a span in OTLP': Math.round(otlp.length / spansPerRequest),
})
const microsPerSpan = await measure({
  walk: () => walkTraces(otlp),
  json: () => encodeTracesJson(parseTracesJson(json)),
  decode: () => decodeTraces(otlp),
  thrift: () => walkTraces(jaegerThriftToOtlp(thrift)),
})
finishBench('wire', finishRecord(ownValues(microsPerSpan)))

async function measure(
  codecs: Readonly<Record<string, () => unknown>>,
): Promise<Readonly<Record<string, number>>> {
  for (const [name, codec] of Object.entries(codecs)) bench(name, () => do_not_optimize(codec()))
  const { benchmarks } = await run({ format: 'quiet' })
  return Object.fromEntries(
    benchmarks.map(({ alias, runs }) => [
      alias,
      (runs[0]?.stats?.p50 ?? Number.NaN) / spansPerRequest / 1000,
    ]),
  )
}

/** Numbers that look random and are the same in every run. */
function seeded(): () => number {
  let seed = 7
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed
  }
}

/** Spans of a service that sends to and processes from Kafka, with the attributes of the conventions. */
function kafkaRequest(spans: number): PartialTraces {
  const random = seeded()
  const hex = (words: number) =>
    Array.from({ length: words }, () => random().toString(16).padStart(8, '0')).join('')
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } })
  const start = 1_763_640_000_000_000_000n
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'order-service'), text('host.name', 'node-17')] },
        scopeSpans: [
          {
            scope: { name: '@opentelemetry/instrumentation-kafkajs', version: '0.27.0' },
            spans: Array.from({ length: spans }, (_, i) => ({
              traceId: hex(4),
              spanId: hex(2),
              parentSpanId: hex(2),
              name: i % 2 ? 'send orders' : 'process orders',
              kind: i % 2 ? 4 : 5,
              startTimeUnixNano: String(start + BigInt(random())),
              endTimeUnixNano: String(start + 5_000_000_000n + BigInt(random())),
              attributes: [
                text('messaging.system', 'kafka'),
                text('messaging.destination.name', 'orders'),
                text('messaging.destination.partition.id', String(random() % 12)),
                int('messaging.kafka.offset', random()),
                text('messaging.kafka.message.key', `order-${random() % 100_000}`),
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

/** The same work as a Jaeger client tells it. */
function jaegerBatch(spans: number): JaegerBatch {
  const random = seeded()
  const id = () => (BigInt(random()) << 32n) | BigInt(random())
  return {
    process: { serviceName: 'order-service', tags: [{ key: 'hostname', vStr: 'node-17' }] },
    spans: Array.from({ length: spans }, (_, i) => ({
      traceIdLow: id(),
      traceIdHigh: id(),
      spanId: id(),
      parentSpanId: id(),
      operationName: i % 2 ? 'send orders' : 'process orders',
      flags: 1,
      startTime: 1_763_640_000_000_000n + BigInt(random()),
      duration: BigInt(random() % 100_000),
      tags: [
        { key: 'span.kind', vStr: i % 2 ? 'producer' : 'consumer' },
        { key: 'otel.scope.name', vStr: 'kafka' },
        { key: 'messaging.system', vStr: 'kafka' },
        { key: 'messaging.destination.name', vStr: 'orders' },
        { key: 'messaging.destination.partition.id', vStr: String(random() % 12) },
        { key: 'messaging.kafka.offset', vLong: BigInt(random()) },
        { key: 'messaging.kafka.message.key', vStr: `order-${random() % 100_000}` },
        { key: 'messaging.operation.type', vStr: i % 2 ? 'send' : 'process' },
        { key: 'messaging.consumer.group.name', vStr: 'billing' },
        { key: 'messaging.message.body.size', vLong: BigInt(random() % 4000) },
        { key: 'server.address', vStr: 'broker-1.example' },
        { key: 'server.port', vLong: 9092n },
      ],
    })),
  }
}
