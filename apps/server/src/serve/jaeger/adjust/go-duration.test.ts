import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatGoDuration } from './go-duration.ts'

test('durations as Go writes them', () => {
  const texts: readonly (readonly [bigint, string])[] = [
    [0n, '0s'],
    [1n, '1ns'],
    [999n, '999ns'],
    [1_000n, '1µs'],
    [1_500n, '1.5µs'],
    [999_999n, '999.999µs'],
    [1_000_000n, '1ms'],
    [999_999_999n, '999.999999ms'],
    [1_000_000_000n, '1s'],
    [1_010_000_000n, '1.01s'],
    [59_999_999_999n, '59.999999999s'],
    [60_000_000_000n, '1m0s'],
    [3_599_500_000_000n, '59m59.5s'],
    [3_600_000_000_000n, '1h0m0s'],
    [-250_000_000n, '-250ms'],
  ]
  for (const [nano, text] of texts) assert.equal(formatGoDuration(nano), text)
})
