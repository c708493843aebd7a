import { processEach, traceChannel, traceKafka } from '@waybill/instrument'
import type { SpanSink } from '@waybill/tracer'
import { alwaysOff, alwaysOn, createTracerProvider, exportQueue, registerTracing } from '@waybill/tracer'
import { folderOfGeneration } from './opentelemetry-3.ts'
import { ring } from './ring.ts'
import { loaderIn, startSdk } from './sdk.ts'
import type { Instrumented, Setting } from './setting.ts'
import { connection, kafkaSettings } from './setting.ts'
import { Channel } from './stub-amqplib.ts'
import { Kafka } from './stub-kafkajs.ts'

/** @waybill/instrument, on @waybill/tracer or on OpenTelemetry's SDK. */
export function waybill(setting: Setting): Instrumented {
  const flush = setting.contender === 'waybill' ? startOwnTracer(setting) : startTheirSdk(setting)
  return {
    kafka: () => traceKafka(new Kafka()),
    channel: settles =>
      traceChannel(
        new Channel(connection()),
        settles ? {} : { rules: [{ operation: 'settle', skip: true }] },
      ),
    realKafka: async brokers => traceKafka(new (await import('kafkajs')).Kafka(kafkaSettings(brokers))),
    each: processEach,
    flush,
  }
}

function startOwnTracer({ spans, exportUrl }: Setting): () => Promise<void> {
  const sink = spans === 'export' ? exportQueue({ url: exportUrl, resource: {} }) : keeping()
  const provider = createTracerProvider({ sink, sampler: spans === 'off' ? alwaysOff : alwaysOn })
  registerTracing(provider)
  return () => provider.forceFlush()
}

function startTheirSdk(setting: Setting): () => Promise<void> {
  const { provider } = startSdk(loaderIn(folderOfGeneration(2)), '@opentelemetry/sdk-trace-base', setting)
  return () => provider.forceFlush()
}

function keeping(): SpanSink {
  const keep = ring<object>()
  return { add: (_, span) => keep(span), forceFlush: async () => {}, shutdown: async () => {} }
}
