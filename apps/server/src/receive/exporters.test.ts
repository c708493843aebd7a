import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { JaegerExporter } from '@opentelemetry/exporter-jaeger'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { CollectingDoor } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import type { Listening } from '../listen.ts'
import { createLog } from '../log.ts'
import { startJaegerHttp } from './jaeger-http.ts'
import { startOtlpHttp } from './otlp-http.ts'
import type { ReceiverOptions } from './receiver.ts'

/* The exporters that programs use, unchanged, against the receivers. */

async function bench(
  t: TestContext,
  start: (options: ReceiverOptions) => Promise<Listening>,
): Promise<CollectingDoor & { readonly url: string }> {
  const door = await openCollectingDoor()
  const receiver = await start({
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'error', format: 'text' }),
    maxBodyBytes: 1e6,
    host: '127.0.0.1',
    port: 0,
    name: 'test',
    purpose: 'test',
    setting: 'test',
  })
  t.after(async () => {
    await receiver.close()
    await door.close()
  })
  return { ...door, url: receiver.url }
}

/** A producer and its consumer with an exception, as a program would trace them. */
async function exportTrace(exporter: SpanExporter): Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  const tracer = provider.getTracer('exporters.test')
  const producer = tracer.startSpan('send orders', { attributes: { 'messaging.system': 'kafka', offset: 7 } })
  const inProducer = trace.setSpan(ROOT_CONTEXT, producer)
  const consumer = tracer.startSpan('process orders', {}, inProducer)
  consumer.recordException(new Error('no stock'))
  consumer.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' })
  consumer.end()
  producer.end()
  await provider.forceFlush()
  await provider.shutdown()
}

for (const compression of ['none', 'gzip'])
  test(`OpenTelemetry's OTLP exporter, compression ${compression}`, async t => {
    const { url, names, counts } = await bench(t, options => startOtlpHttp({ ...options, corsOrigins: [] }))
    await exportTrace(new OTLPTraceExporter({ url: `${url}/v1/traces`, compression: compression as never }))
    assert.deepEqual(await names(), ['process orders', 'send orders'])
    assert.deepEqual(await counts(), { 'requests accepted': 1, 'spans accepted': 2 })
  })

test("OpenTelemetry's Jaeger exporter", async t => {
  const { url, names, counts } = await bench(t, startJaegerHttp)
  await exportTrace(new JaegerExporter({ endpoint: `${url}/api/traces` }))
  assert.deepEqual([...(await names())].sort(), ['process orders', 'send orders'])
  const { 'spans accepted': spans } = await counts()
  assert.equal(spans, 2)
})
