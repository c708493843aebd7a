import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Attributes, TracerProvider } from '@opentelemetry/api'
import { context, propagation, trace } from '@opentelemetry/api'
import type { WaybillTracerProvider } from '@waybill/tracer'
import { createTracerProvider, exportQueue, registerTracing } from '@waybill/tracer'
import { codecPropagator } from '../formats.ts'
import type { MessageRule } from '../rules.ts'
import { warnOnce } from '../warn.ts'
import type { Environment } from './environment.ts'
import { onExit, sendBlocking } from './exit.ts'
import { samplerOf } from './sampler.ts'
import { keepStatistics } from './statistics.ts'

/**
 * Registers Waybill's tracer, which sends spans by OTLP over HTTP. Where the application has registered an SDK
 * already, that one is used and this does nothing; where it registers one later, that one takes over.
 *
 * @param rules by which some messages are sampled in another way than the environment says.
 * @returns whether it was this one.
 */
export function startTracer(environment: Environment, rules: readonly MessageRule[]): boolean {
  const resource = processResource(environment.resource)
  const queue = environment.exports
    ? exportQueue({
        ...environment.exporting,
        resource,
        onLoss: reason => warnOnce('Spans are lost', new Error(reason)),
      })
    : undefined
  const provider = createTracerProvider({
    sink: queue ?? nowhere,
    sampler: samplerOf(environment.sampler, String(resource['service.name']), rules),
    limits: environment.limits,
  })
  if (!registerTracing(provider, codecPropagator(environment.formats))) return false
  if (queue !== undefined) {
    keepStatistics(queue.statistics)
    onExit(() => sendBlocking(queue.takeUnsent(), environment.exporting))
  }
  yieldToSdk(provider)
  return true
}

const nowhere = {
  add() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

/** Who sends the spans: what the environment says, and what tells this process from others. */
function processResource(given: Attributes): Attributes {
  return {
    'service.name': 'unknown_service:node',
    'service.instance.id': randomUUID(),
    'telemetry.sdk.name': 'waybill',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': '0.1.0',
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    ...given,
  }
}

/**
 * Makes room for an SDK that the application registers after the start. The API refuses a second registration;
 * when one comes, ours goes: its context manager and propagator are taken away for the SDK's own, and whoever got a
 * tracer from it reaches the SDK's.
 */
function yieldToSdk(ours: WaybillTracerProvider): void {
  const register = trace.setGlobalTracerProvider.bind(trace)
  trace.setGlobalTracerProvider = (theirs: TracerProvider): boolean => {
    trace.setGlobalTracerProvider = register
    trace.disable()
    context.disable()
    propagation.disable()
    const registered = register(theirs)
    ours.handOver(theirs)
    return registered
  }
}
