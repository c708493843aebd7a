import { hostname } from 'node:os'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { Resource } from '@opentelemetry/resources'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import type { Environment } from './environment.ts'
import { onExit, sendBlocking } from './exit.ts'
import { spanQueue } from './span-queue.ts'

/**
 * Registers an OpenTelemetry SDK that sends spans by OTLP over HTTP. Where the application has registered one
 * already, that one is used and this does nothing.
 *
 * @returns whether it was this one.
 */
export function startSdk(environment: Environment): boolean {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  const { url, headers } = environment
  const queue = environment.exports
    ? spanQueue(new OTLPTraceExporter({ url, headers: { ...headers } }), environment)
    : undefined
  const provider = new BasicTracerProvider({
    resource: processResource(),
    spanProcessors: queue === undefined ? [] : [queue],
  })
  const isOurs = trace.setGlobalTracerProvider(provider)
  if (isOurs && queue !== undefined) onExit(() => sendBlocking(queue.takeUnsent(), environment))
  return isOurs
}

/** Who sends the spans: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, and what tells this process from others. */
function processResource(): Resource {
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'host.name': hostname(),
        'process.pid': process.pid,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': process.versions.node,
      }),
    )
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }))
}
