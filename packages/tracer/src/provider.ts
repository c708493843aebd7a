import type { Tracer, TracerOptions, TracerProvider } from '@opentelemetry/api'
import type { SpanLimits } from './limits.ts'
import { defaultSpanLimits } from './limits.ts'
import { alwaysOn } from './sampling/constant.ts'
import { parentBased } from './sampling/parent-based.ts'
import type { Sampler } from './sampling/sampler.ts'
import type { SpanSink } from './span-data.ts'
import { WaybillTracer } from './tracer.ts'

export interface ProviderOptions {
  /** Where spans go; usually {@link exportQueue}. */
  readonly sink: SpanSink
  /** Which traces; those that the parent sampled, and all new ones, where absent. */
  readonly sampler?: Sampler
  readonly limits?: Partial<SpanLimits>
}

/** A tracer provider (OpenTelemetry API) that can be flushed and ended. */
export interface WaybillTracerProvider extends TracerProvider {
  /** Has spans started by another provider from now on, also by those who got a tracer of this one. */
  handOver(next: TracerProvider): void
  /** Resolves when what has ended is delivered, or given up. */
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * Makes a tracer provider. Register it with `trace.setGlobalTracerProvider`, or with everything beside it by
 * {@link registerTracing}.
 *
 * @example createTracerProvider({ sink: exportQueue({ url, resource: { 'service.name': 'shop' } }) })
 */
export function createTracerProvider({ sink, sampler, limits }: ProviderOptions): WaybillTracerProvider {
  const shared = {
    sink,
    sampler: sampler ?? parentBased(alwaysOn),
    limits: { ...defaultSpanLimits, ...limits },
  }
  const tracers = new Map<string, WaybillTracer>()
  let successor: TracerProvider | undefined
  return {
    getTracer(givenName: string, givenVersion?: string, options?: TracerOptions): Tracer {
      // What is absent may be null, where it comes out of JSON.
      const name = String(givenName ?? '')
      const version = String(givenVersion ?? '')
      const schemaUrl = String(options?.schemaUrl ?? '')
      const key = JSON.stringify([name, version, schemaUrl])
      if (successor !== undefined) return successor.getTracer(name, version, { schemaUrl })
      let tracer = tracers.get(key)
      if (tracer === undefined) {
        tracer = new WaybillTracer({ ...shared, scope: { name, version, schemaUrl } })
        tracers.set(key, tracer)
      }
      return tracer
    },
    handOver(next) {
      successor = next
      for (const tracer of tracers.values()) tracer.handOver(next)
    },
    forceFlush: () => sink.forceFlush(),
    shutdown: () => sink.shutdown(),
  }
}
