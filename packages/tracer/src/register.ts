import type { TextMapPropagator } from '@opentelemetry/api'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { baggagePropagator } from './propagation/baggage.ts'
import { propagators } from './propagation/composite.ts'
import { traceContextPropagator } from './propagation/trace-context.ts'
import type { WaybillTracerProvider } from './provider.ts'

/**
 * Makes a provider the process's own, with contexts that follow asynchronous calls and W3C's headers. Where the
 * application has registered a provider already, that one stays, and what else it has registered.
 *
 * @param propagator what writes and reads contexts; W3C Trace Context and Baggage where absent.
 * @returns whether it is this provider that is used now.
 */
export function registerTracing(
  provider: WaybillTracerProvider,
  propagator: TextMapPropagator = propagators(traceContextPropagator, baggagePropagator),
): boolean {
  if (!trace.setGlobalTracerProvider(provider)) return false
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(propagator)
  return true
}
