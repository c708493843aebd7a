import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metrics, trace } from '@opentelemetry/api'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { WaybillInstrumentation } from './instrumentation.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { testKafka } from './testing/kafka.ts'
import { until } from './testing/until.ts'

const kafka = testKafka()
const registered = collectSpans()

test('registerInstrumentations takes it: spans and metrics go to the providers given, and end when it is disabled', async () => {
  const exporter = new InMemorySpanExporter()
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 })
  const instrumentation = new WaybillInstrumentation({ continue: 'both' })
  const unload = registerInstrumentations({
    instrumentations: [instrumentation],
    tracerProvider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    meterProvider: new MeterProvider({ readers: [reader] }),
  })
  const topic = await kafka.topic()
  const producer = await kafka.producer('untraced')
  await producer.send({ topic, messages: [{ value: '1' }] })
  const read: (string | undefined)[] = []
  const traces: (string | undefined)[] = []
  await kafka.consume(
    [topic],
    {
      async eachMessage({ message }) {
        read.push(message.headers?.['traceparent']?.toString())
        traces.push(trace.getActiveSpan()?.spanContext().spanId)
      },
    },
    { tracing: 'untraced' },
  )
  const spanNames = () => exporter.getFinishedSpans().map(({ name }) => name)
  await until('the span of the message', () => spanNames().length === 2)
  assert.deepEqual(spanNames(), [`send ${topic}`, `process ${topic}`])
  const [sent, processed] = exporter.getFinishedSpans()
  assert.equal(processed?.parentSpanContext?.spanId, sent?.spanContext().spanId)
  assert.equal(processed?.links[0]?.context.spanId, sent?.spanContext().spanId)
  assert.equal(traces[0], processed?.spanContext().spanId)
  await reader.forceFlush()
  const names = measured
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics.map(m => m.descriptor.name)))
  assert.ok(names.includes('messaging.process.duration'), names.join())

  unload()
  assert.equal(instrumentation.getConfig().enabled, false)
  await producer.send({ topic, messages: [{ value: '2' }] })
  await until('the second message', () => read.length === 2)
  assert.equal(read[1], undefined)
  assert.equal(spanNames().length, 2)

  instrumentation.enable()
  instrumentation.setTracerProvider(trace.getTracerProvider())
  instrumentation.setMeterProvider(metrics.getMeterProvider())
  await producer.send({ topic, messages: [{ value: '3' }] })
  await until('the third message', () => registered.all().length === 2)
  await reader.shutdown()
})

test('while it is disabled, a context that is active or comes with a message travels on', async () => {
  const instrumentation = new WaybillInstrumentation({ enabled: false })
  assert.equal(instrumentation.getConfig().enabled, false)
  registered.clear()
  const [from, to] = [await kafka.topic(), await kafka.topic()]
  const producer = await kafka.producer('untraced')
  const arrived: (string | undefined)[] = []
  await kafka.consume(
    [from, to],
    {
      async eachMessage({ topic, message }) {
        if (topic === from) await producer.send({ topic: to, messages: [{ value: 'on' }] })
        else arrived.push(message.headers?.['traceparent']?.toString())
      },
    },
    { tracing: 'untraced' },
  )
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  await producer.send({ topic: from, messages: [{ value: 'v', headers: { traceparent } }] })
  await until('both messages', () => arrived.length === 1)
  assert.deepEqual(arrived, [traceparent])
  assert.deepEqual(registered.all(), [])
  instrumentation.setConfig({})
  assert.equal(instrumentation.getConfig().enabled, true)
})

test('without a configuration, and switched twice, it does what it did', () => {
  const instrumentation = new WaybillInstrumentation(null as never)
  instrumentation.disable()
  instrumentation.disable()
  assert.equal(instrumentation.getConfig().enabled, false)
  instrumentation.setConfig(undefined as never)
  instrumentation.enable()
  assert.deepEqual(instrumentation.getConfig(), { enabled: true })
})
