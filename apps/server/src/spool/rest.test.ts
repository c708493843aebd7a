import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fewSpans, restMs } from './rest.ts'

test('the store rests a hundred times as long as a load takes, ten times when many spans wait', () => {
  assert.equal(restMs(20, 1), 2_000)
  assert.equal(restMs(20, fewSpans - 1), 2_000)
  assert.equal(restMs(20, fewSpans), 200)
})

test('it rests no longer than ten seconds, two when many spans wait', () => {
  assert.deepEqual([restMs(100, 1), restMs(101, 1), restMs(1e6, 1)], [10_000, 10_000, 10_000])
  assert.deepEqual([restMs(200, fewSpans), restMs(201, fewSpans), restMs(1e6, 1e6)], [2_000, 2_000, 2_000])
})
