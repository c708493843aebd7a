import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadsAtOnce, mostLoads } from './loads.ts'

const memory = 9e9

test('half of the cores load segments, one at least and four at most', () => {
  const byCores = [1, 2, 3, 4, 7, 8, 64].map(cores => loadsAtOnce({ loads: 0, memory }, cores))
  assert.deepEqual(byCores, [1, 1, 1, 2, 3, 4, 4])
})

test('each of them has its memory', () => {
  assert.deepEqual([750e6, 1_339e6, 1_340e6, 1_500e6, 2_680e6].map(mostLoads), [1, 1, 2, 2, 4])
  assert.equal(loadsAtOnce({ loads: 0, memory: 1_500e6 }, 64), 2)
})

test('what the settings say holds on any machine', () => {
  assert.equal(loadsAtOnce({ loads: 8, memory }, 1), 8)
})
