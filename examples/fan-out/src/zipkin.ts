import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'

/*
 * OpenTelemetry's SDK with its exporter for Zipkin (--import, before @waybill/instrument/register, which uses the
 * SDK that it finds). Spans go to OTEL_EXPORTER_ZIPKIN_ENDPOINT.
 */
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'unknown' }),
  spanProcessors: [new BatchSpanProcessor(new ZipkinExporter())],
})
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }))
trace.setGlobalTracerProvider(provider)
process.once('beforeExit', () => void provider.shutdown())
