import { SamplingDecision } from '@opentelemetry/api'
import { rateLimited } from './rate-limited.ts'
import { traceIdRatio } from './ratio.ts'
import type { Sampler } from './sampler.ts'

/*
 * Jaeger's sampling strategies as its agents and collectors answer them on port 5778 (jaeger-idl,
 * proto/api_v2/sampling.proto, in JSON).
 */

interface Probabilistic {
  readonly samplingRate?: unknown
}

interface Strategy {
  readonly strategyType?: unknown
  readonly probabilisticSampling?: Probabilistic | null
  readonly rateLimitingSampling?: { readonly maxTracesPerSecond?: unknown } | null
  readonly operationSampling?: {
    readonly defaultSamplingProbability?: unknown
    readonly defaultLowerBoundTracesPerSecond?: unknown
    readonly perOperationStrategies?: readonly {
      readonly operation?: unknown
      readonly probabilisticSampling?: Probabilistic | null
    }[]
  } | null
}

/**
 * The sampler that a strategy asks for: by operation where it says so, else by rate, else by share.
 *
 * @throws Error that names what is missing.
 */
export function samplerOf(strategy: unknown): Sampler {
  if (typeof strategy !== 'object' || strategy === null) throw new Error('the strategy is no object')
  const { operationSampling, rateLimitingSampling, probabilisticSampling } = strategy as Strategy
  if (operationSampling) return byOperation(operationSampling)
  if (rateLimitingSampling)
    return rateLimited(numberIn(rateLimitingSampling.maxTracesPerSecond, 'maxTracesPerSecond'))
  if (probabilisticSampling) return traceIdRatio(numberIn(probabilisticSampling.samplingRate, 'samplingRate'))
  throw new Error('the strategy has neither probabilisticSampling nor rateLimitingSampling')
}

function byOperation(sampling: NonNullable<Strategy['operationSampling']>): Sampler {
  const lower = numberIn(sampling.defaultLowerBoundTracesPerSecond ?? 0, 'defaultLowerBoundTracesPerSecond')
  const otherwise = atLeast(
    traceIdRatio(numberIn(sampling.defaultSamplingProbability, 'defaultSamplingProbability')),
    lower,
  )
  const operations = new Map<string, Sampler>()
  for (const { operation, probabilisticSampling } of sampling.perOperationStrategies ?? []) {
    const ratio = traceIdRatio(numberIn(probabilisticSampling?.samplingRate, `samplingRate of ${operation}`))
    operations.set(String(operation), atLeast(ratio, lower))
  }
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const sampler = operations.get(name) ?? otherwise
      return sampler.shouldSample(context, traceId, name, kind, attributes, links)
    },
    toString: () => `PerOperation{${operations.size}}`,
  }
}

/** A share, and never fewer than so many a second: rare operations are seen too. */
function atLeast(share: Sampler, tracesPerSecond: number): Sampler {
  if (tracesPerSecond <= 0) return share
  const floor = rateLimited(tracesPerSecond)
  return {
    shouldSample(...question) {
      const bySome = floor.shouldSample(...question)
      const byShare = share.shouldSample(...question)
      return byShare.decision === SamplingDecision.NOT_RECORD ? bySome : byShare
    },
    toString: () => `${share}, at least ${tracesPerSecond}/s`,
  }
}

function numberIn(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new Error(`${name} is ${JSON.stringify(value)}, not a number from 0`)
}
