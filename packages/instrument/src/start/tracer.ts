import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Attributes } from '@opentelemetry/api'
import { createTracerProvider, exportQueue, registerTracing } from '@waybill/tracer'
import { codecPropagator } from '../formats.ts'
import type { MessageRule } from '../rules.ts'
import { warnOnce } from '../warn.ts'
import type { ApiCopies } from './api-copies.ts'
import type { Environment } from './environment.ts'
import { onExit, sendBlocking } from './exit.ts'
import { samplerOf } from './sampler.ts'
import { keepStatistics } from './statistics.ts'

/**
 * Registers Waybill's tracer, which sends spans by OTLP over HTTP. Where the application has registered an SDK
 * already, that one is used and this does nothing; where it registers one later, that one takes over.
 *
 * @param rules by which some messages are sampled in another way than the environment says.
 * @param copies of OpenTelemetry's API, by any of which an SDK may register.
 * @returns whether it was this one.
 */
export function startTracer(
  environment: Environment,
  rules: readonly MessageRule[],
  copies: ApiCopies,
): boolean {
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
  // Part by part: SDKs register theirs in any order, and some of them only. Tracers that were got before go with them.
  copies.makeWay(theirs => provider.handOver(theirs))
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
