import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Attributes, ContextManager, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
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
 * Lets an SDK of the application take over whenever it registers, tracers that were got before included. SDKs register
 * their parts in any order, and each part of ours goes when theirs comes: a context manager that went with the tracer
 * provider would take one of theirs along that had come before.
 */
function yieldToSdk(ours: WaybillTracerProvider): void {
  const setProvider = trace.setGlobalTracerProvider.bind(trace)
  trace.setGlobalTracerProvider = (theirs: TracerProvider): boolean => {
    trace.setGlobalTracerProvider = setProvider
    trace.disable()
    const registered = setProvider(theirs)
    ours.handOver(theirs)
    return registered
  }
  const setManager = context.setGlobalContextManager.bind(context)
  context.setGlobalContextManager = (theirs: ContextManager): boolean => {
    context.setGlobalContextManager = setManager
    context.disable()
    return setManager(theirs)
  }
  const setPropagator = propagation.setGlobalPropagator.bind(propagation)
  propagation.setGlobalPropagator = (theirs: TextMapPropagator): boolean => {
    propagation.setGlobalPropagator = setPropagator
    propagation.disable()
    return setPropagator(theirs)
  }
}
