// node opentelemetry.js FORMAT ENDPOINT SERVICE: two traces by OpenTelemetry's SDK and one of its exporters.
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { JaegerExporter } from '@opentelemetry/exporter-jaeger'
import { OTLPTraceExporter as OtlpGrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as OtlpJsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as OtlpProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'

const [format, endpoint, service] = process.argv.slice(2)

const exporters = {
  'otlp-grpc': () => new OtlpGrpcExporter({ url: endpoint, compression: 'gzip' }),
  'otlp-proto': () => new OtlpProtoExporter({ url: `${endpoint}/v1/traces` }),
  'otlp-json': () => new OtlpJsonExporter({ url: `${endpoint}/v1/traces`, compression: 'gzip' }),
  'jaeger-thrift': () => new JaegerExporter({ endpoint: `${endpoint}/api/traces` }),
  'jaeger-udp': () => new JaegerExporter({ host: new URL(endpoint).hostname, port: new URL(endpoint).port }),
  'zipkin-v2': () => new ZipkinExporter({ url: `${endpoint}/api/v2/spans` }),
}

const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': service, 'service.version': '1.2.3' }),
  spanProcessors: [new BatchSpanProcessor(exporters[format]())],
})
const tracer = provider.getTracer('interop', '0.1.0')

const request = tracer.startSpan('POST /orders', {
  kind: SpanKind.SERVER,
  attributes: { 'order.id': 'ü-1', 'order.items': 3, 'order.total': 9.5, 'order.gift': true },
})
const publish = tracer.startSpan(
  'publish orders',
  {
    kind: SpanKind.PRODUCER,
    attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
  },
  trace.setSpan(context.active(), request),
)
publish.end()
request.end()

const consume = tracer.startSpan('process orders', {
  kind: SpanKind.CONSUMER,
  links: [{ context: publish.spanContext(), attributes: { reason: 'message' } }],
})
const charge = tracer.startSpan('charge card', {}, trace.setSpan(context.active(), consume))
charge.recordException(new Error('card declined'))
charge.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' })
charge.end()
consume.end()

await provider.forceFlush()
await provider.shutdown()
console.log(`trace ${request.spanContext().traceId}`)
console.log(`trace ${consume.spanContext().traceId}`)
