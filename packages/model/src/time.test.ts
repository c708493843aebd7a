import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addNano,
  compareTimes,
  elapsedNano,
  formatDuration,
  parseDuration,
  timeOfUnixMs,
  unixMsOf,
} from './time.ts'

test('durations read as people say them', () => {
  const said: readonly [number, string][] = [
    [0, '0 ms'],
    [1, '1 ns'],
    [999, '999 ns'],
    [1_000, '1 µs'],
    [85_400, '85.4 µs'],
    [999_499, '999 µs'],
    [999_500, '1 ms'],
    [180_000_000, '180 ms'],
    [2_410_000_000, '2.41 s'],
    [2_100_000_000, '2.1 s'],
    [59_940_000_000, '59.9 s'],
    [59_960_000_000, '1 m'],
    [72_000_000_000, '1 m 12 s'],
    [3_599_499_999_999, '59 m 59 s'],
    [3_599_500_000_000, '1 h'],
    [6_240_000_000_000, '1 h 44 m'],
    [86_400_000_000_000, '1 d'],
    [97_200_000_000_000, '1 d 3 h'],
    [-12_000_000, '−12 ms'],
  ]
  for (const [nano, text] of said) assert.equal(formatDuration(nano), text)
})

test('a duration can be written as in Go, as in Prometheus, or as we show it', () => {
  const read: readonly [string, number][] = [
    ['1.2s', 1_200_000_000],
    ['100ms', 100_000_000],
    ['5m', 300_000_000_000],
    ['1h15m30.918s', 4_530_918_000_000],
    ['1µs', 1_000],
    ['1μs', 1_000],
    ['3us', 3_000],
    ['.5ns', 1],
    ['0', 0],
    ['-1.5h', -5_400_000_000_000],
    ['2d', 172_800_000_000_000],
    ['1 h 44 m', 6_240_000_000_000],
    [' 250 ms ', 250_000_000],
  ]
  for (const [text, nano] of read) assert.equal(parseDuration(text), nano, text)
})

test('what is no duration is not guessed at', () => {
  for (const text of [
    '',
    ' ',
    '5',
    '-',
    'ms',
    '5 minutes',
    '1s2',
    '1.2.3s',
    '1e3s',
    '5M',
    's5',
    'NaN',
    '1,5s',
  ])
    assert.equal(parseDuration(text), undefined, text)
})

test('a formatted duration reads back within its three digits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 59_000_000_000 }), nano => {
      const back = parseDuration(formatDuration(nano))
      assert.ok(back !== undefined && Math.abs(back - nano) <= nano * 0.005 + 0.5, `${nano} ${back}`)
    }),
  )
})

test('nanoseconds survive where a number would round them', () => {
  const time = '1700000000000000001'
  assert.equal(addNano(time, 1), '1700000000000000002')
  assert.equal(elapsedNano(time, '1700000000000000003'), 2)
  assert.equal(elapsedNano(time, '1700000000000000000'), -1)
  assert.equal(unixMsOf('1700000000123456789'), 1700000000123.4568)
  assert.equal(timeOfUnixMs(1700000000123.5), '1700000000123500000')
  assert.equal(timeOfUnixMs(0), '0')
})

test('times compare as numbers, not as texts', () => {
  const times = ['100', '99', '9', '100', '1700000000000000000']
  assert.deepEqual(times.sort(compareTimes), ['9', '99', '100', '100', '1700000000000000000'])
})
