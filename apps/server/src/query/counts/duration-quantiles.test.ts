import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { quantilesOf } from './duration-quantiles.ts'

/** The bucket of a duration, as the store counts it. */
const bucketOf = (nano: number): number => (nano < 1 ? 0 : Math.floor(1 + Math.log2(nano) * 8))

function bucketsOf(durations: readonly number[]) {
  const counts = new Map<number, number>()
  for (const duration of durations) {
    const bucket = bucketOf(duration)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  const sorted = [...counts].sort(([a], [b]) => a - b)
  return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) }
}

describe('quantilesOf', () => {
  it('says nothing of no spans', () => {
    assert.deepEqual(quantilesOf({ indexes: [], counts: [] }), {})
  })

  it('gives 0 for what took no time', () => {
    assert.deepEqual(quantilesOf(bucketsOf([0, 0, -5])), { p50Nano: 0, p95Nano: 0, p99Nano: 0 })
  })

  it('finds the longest durations there are', () => {
    const { p50Nano = 0 } = quantilesOf(bucketsOf([2 ** 62]))
    assert.ok(p50Nano >= 2 ** 62 && p50Nano < 2 ** 62.125)
  })

  it('is off by no more than the width of a bucket', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(durations, found => {
        const sorted = found.toSorted((a, b) => a - b)
        const { p50Nano, p95Nano, p99Nano } = quantilesOf(bucketsOf(found))
        for (const [share, estimate = 0] of [
          [0.5, p50Nano],
          [0.95, p95Nano],
          [0.99, p99Nano],
        ] as const) {
          const exact = sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] ?? 0
          const ratio = estimate / exact
          assert.ok(
            ratio > 2 ** -0.13 - 0.5 / exact && ratio < 2 ** 0.13 + 0.5 / exact,
            `${estimate} for ${exact}`,
          )
        }
      }),
    )
  })
})
