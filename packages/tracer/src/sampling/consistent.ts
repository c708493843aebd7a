import type { SamplingResult, TraceState } from '@opentelemetry/api'
import { createTraceState, SamplingDecision, trace } from '@opentelemetry/api'
import { notSampled } from './constant.ts'
import type { Sampler } from './sampler.ts'

/** Hex digits of a threshold and of the randomness: 56 bits. */
const digits = 14
/** Hex digits of a threshold that say something, behind its leading f. */
const precision = 4

/**
 * Consistent probability sampling (OpenTelemetry specification, "TraceState: Probability Sampling"). A trace is
 * kept where the last 56 bits of its id are not below a threshold, and the threshold travels as `th` in the
 * `ot` entry of tracestate: whoever counts spans knows that each stands for `2^56 / (2^56 - th)` of them, and
 * samplers of other shares keep subsets of each other's traces.
 *
 * @param probability 0 to 1.
 */
export function consistentProbability(probability: number): Sampler {
  const threshold = thresholdOf(probability)
  const short = threshold?.replace(/0+$/, '') || '0'
  return {
    shouldSample(context, traceId): SamplingResult {
      if (threshold === undefined) return notSampled
      const before = trace.getSpanContext(context)?.traceState
      const other = before?.get('ot')
      const randomness = (other === undefined ? undefined : entryOf(other, 'rv')) ?? traceId.slice(-digits)
      // Texts of the same length: as hex digits sort, so do the numbers.
      if (randomness < threshold) return notSampled
      return {
        decision: SamplingDecision.RECORD_AND_SAMPLED,
        traceState: withThreshold(before, other, short),
      }
    },
    toString: () => `ConsistentProbability{${probability}}`,
  }
}

/**
 * The threshold of a probability as 14 hex digits: `(1 - probability) * 2^56`, rounded where digits say nothing.
 *
 * @returns undefined where nothing is kept.
 */
export function thresholdOf(probability: number): string | undefined {
  if (!(probability > 2 ** -56)) return undefined
  if (probability >= 1) return '0'.repeat(digits)
  const leading = Math.floor(-Math.log2(probability) / 4)
  const unit = 2 ** (4 * Math.max(0, digits - precision - leading))
  const kept = BigInt(Math.max(1, Math.round((probability * 2 ** 56) / unit))) * BigInt(unit)
  return (2n ** 56n - kept).toString(16).padStart(digits, '0')
}

function withThreshold(before: TraceState | undefined, other: string | undefined, threshold: string) {
  const kept = (other ?? '').split(';').filter(part => part !== '' && !part.startsWith('th:'))
  return (before ?? createTraceState()).set('ot', [`th:${threshold}`, ...kept].join(';'))
}

function entryOf(list: string, key: string): string | undefined {
  const found = list.split(';').find(part => part.startsWith(`${key}:`))
  const value = found?.slice(key.length + 1)
  return value?.length === digits ? value : undefined
}
