import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { JaegerExporter } from '@opentelemetry/exporter-jaeger'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { TracesData } from '../otlp/index.ts'
import { decodeTraces, walkTraces } from '../otlp/index.ts'
import { jaegerThriftToOtlp } from './batch.ts'

// What the real exporter of OpenTelemetry JS posts, as the programs of its time do.

const link = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: TraceFlags.SAMPLED,
}
const bodies: Buffer[] = []
const server = createServer(async (request, response) => {
  bodies.push(Buffer.concat(await request.toArray()))
  response.writeHead(202).end()
})
let sent: ReturnType<typeof traced>
let received: TracesData

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const exporter = new JaegerExporter({
    endpoint: `http://127.0.0.1:${port}/api/traces`,
    tags: [{ key: 'hostname', value: 'node-17' }],
  })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'report-api' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  sent = traced(provider)
  await provider.forceFlush()
  assert.equal(bodies.length, 1)
  const bytes = jaegerThriftToOtlp(bodies[0] ?? new Uint8Array(0))
  assert.equal(walkTraces(bytes).spans, 2)
  received = decodeTraces(bytes)
})

after(() => {
  server.closeAllConnections()
  server.close()
})

/** Ends two spans and gives their contexts. */
function traced(provider: BasicTracerProvider) {
  const tracer = provider.getTracer('report', '1.2.3')
  const attributes = { topic: 'report', partition: 3, retried: false, keys: ['a', 'b'] }
  const parent = tracer.startSpan('report_producer', {
    kind: SpanKind.PRODUCER,
    startTime: [1_763_640_000, 123_456_000],
    attributes,
    links: [{ context: link, attributes: { why: 'batch' } }],
  })
  parent.addEvent('sent', { bytes: 120 }, [1_763_640_000, 200_000_000])
  parent.setStatus({ code: SpanStatusCode.ERROR, message: 'not acknowledged' })
  parent.end([1_763_640_001, 0])
  const child = provider.getTracer('worker').startSpan('doWork:0')
  child.end()
  return { parent: parent.spanContext(), child: child.spanContext() }
}

test('the resource holds the service and the tags of the process', () => {
  const [resourceSpans] = received.resourceSpans
  assert.deepEqual(resourceSpans?.resource.attributes, [
    { key: 'service.name', value: { stringValue: 'report-api' } },
    { key: 'host.name', value: { stringValue: 'node-17' } },
  ])
})

test('spans stand with their instrumentation', () => {
  const scopes = received.resourceSpans.flatMap(resource => resource.scopeSpans)
  assert.deepEqual(
    scopes.map(({ scope, spans }) => [scope.name, scope.version, spans.map(span => span.name)]),
    [
      ['report', '1.2.3', ['report_producer']],
      ['worker', scopes[1]?.scope.version, ['doWork:0']],
    ],
  )
})

test('all that the exporter sends of a span arrives', () => {
  const span = received.resourceSpans[0]?.scopeSpans[0]?.spans[0]
  assert.deepEqual(span, {
    traceId: sent.parent.traceId,
    spanId: sent.parent.spanId,
    parentSpanId: '',
    traceState: '',
    name: 'report_producer',
    kind: 4,
    startTimeUnixNano: '1763640000123456000',
    endTimeUnixNano: '1763640001000000000',
    attributes: [
      { key: 'topic', value: { stringValue: 'report' } },
      // The exporter sends every number as a double.
      { key: 'partition', value: { doubleValue: 3 } },
      { key: 'retried', value: { boolValue: false } },
      { key: 'keys', value: { stringValue: 'a,b' } },
      { key: 'service.name', value: { stringValue: 'report-api' } },
    ],
    droppedAttributesCount: 0,
    events: [
      {
        timeUnixNano: '1763640000200000000',
        name: 'sent',
        attributes: [{ key: 'bytes', value: { doubleValue: 120 } }],
        droppedAttributesCount: 0,
      },
    ],
    droppedEventsCount: 0,
    links: [
      {
        traceId: link.traceId,
        spanId: link.spanId,
        traceState: '',
        attributes: [{ key: 'opentracing.ref_type', value: { stringValue: 'follows_from' } }],
        droppedAttributesCount: 0,
        flags: 0,
      },
    ],
    droppedLinksCount: 0,
    status: { code: 2, message: 'not acknowledged' },
    flags: 1,
  })
})
