import type { DurationQuantiles } from '@waybill/api'

/**
 * How many durations are in each bucket, in the order of the buckets: bucket 0 has those below 1 ns, bucket i
 * those of 2^((i - 1) / 8) <= d < 2^(i / 8) ns (store/schema/0015).
 */
export interface DurationBuckets {
  readonly indexes: readonly number[]
  readonly counts: readonly number[]
}

const bucketsPerDoubling = 8

/**
 * Quantiles of durations, by their place within the bucket they are in: off by one bucket's width at most,
 * 9 %, and mostly by half of it.
 */
export function quantilesOf(buckets: DurationBuckets): DurationQuantiles {
  const total = totalOf(buckets)
  if (total === 0) return {}
  const at = (share: number) => durationAt(buckets, share * total)
  return { p50Nano: at(0.5), p95Nano: at(0.95), p99Nano: at(0.99) }
}

/** One quantile, of the share of durations that do not exceed it; undefined where there are none. */
export function quantileOf(buckets: DurationBuckets, share: number): number | undefined {
  const total = totalOf(buckets)
  return total === 0 ? undefined : durationAt(buckets, share * total)
}

function totalOf({ counts }: DurationBuckets): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The duration that so many others do not exceed. */
function durationAt({ indexes, counts }: DurationBuckets, rank: number): number {
  let before = 0
  for (const [place, count] of counts.entries()) {
    if (before + count >= rank) {
      const index = indexes[place] ?? 0
      const within = (rank - before) / count
      return index === 0 ? 0 : Math.round(2 ** ((index - 1 + within) / bucketsPerDoubling))
    }
    before += count
  }
  return 0
}
