import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseInstant } from './instant.ts'

test('times to the nanosecond, in any zone', () => {
  assert.equal(parseInstant('1970-01-01T00:00:00Z'), 0n)
  assert.equal(parseInstant('2023-11-14T22:13:20.5Z'), 1_700_000_000_500_000_000n)
  assert.equal(parseInstant('2023-11-14T22:13:20.123456789Z'), 1_700_000_000_123_456_789n)
  assert.equal(parseInstant('2023-11-15T00:13:20+02:00'), 1_700_000_000_000_000_000n)
  assert.equal(parseInstant('2023-11-14T16:43:20-05:30'), 1_700_000_000_000_000_000n)
  assert.equal(parseInstant('0001-01-01T00:00:00Z'), -62_135_596_800_000_000_000n)
})

test('whatever Date writes is read', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  fc.assert(
    fc.property(dates, date => {
      assert.equal(parseInstant(date.toISOString()), BigInt(date.getTime()) * 1_000_000n)
    }),
  )
})

test('what is no time is none', () => {
  const texts = [
    '',
    'x',
    '1700000000',
    '2023-11-14',
    '2023-11-14T22:13:20',
    '2023-11-14 22:13:20Z',
    '2023-02-30T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-01-01T24:00:00Z',
    '2023-01-01T00:60:00Z',
    '2023-01-01T00:00:60Z',
  ]
  for (const text of texts) assert.equal(parseInstant(text), undefined, text)
})
