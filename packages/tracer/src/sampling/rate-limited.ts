import { notSampled, sampled } from './constant.ts'
import type { Sampler } from './sampler.ts'

/**
 * So many new traces a second, and one at least to begin with. What is not used may be used within the next
 * second (a token bucket).
 */
export function rateLimited(tracesPerSecond: number, nowMs: () => number = () => performance.now()): Sampler {
  const most = Math.max(1, tracesPerSecond)
  let tokens = tracesPerSecond > 0 ? most : 0
  let filledMs = nowMs()
  return {
    shouldSample() {
      const now = nowMs()
      tokens = Math.min(most, tokens + ((now - filledMs) / 1000) * tracesPerSecond)
      filledMs = now
      if (tokens < 1) return notSampled
      tokens--
      return sampled
    },
    toString: () => `RateLimited{${tracesPerSecond}}`,
  }
}
