import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeMessages } from './places.ts'

const answer = (...entries: readonly (readonly [number, bigint])[]) =>
  entries.map(([partition, offset]) => ({ topic: 't', partition, offset }))
const known = (partition: number | undefined) => partition

test('messages are counted up from the base offset of their partition', () => {
  assert.deepEqual(placeMessages('t', [0, 1, 0, 1, 1], answer([0, 10n], [1, 7n]), known), [
    { partition: 0, offset: 10 },
    { partition: 1, offset: 7 },
    { partition: 0, offset: 11 },
    { partition: 1, offset: 8 },
    { partition: 1, offset: 9 },
  ])
})

test('of one partition in the answer nobody has to know which it is', () => {
  assert.deepEqual(placeMessages('t', [undefined, undefined], answer([2, 5n]), known), [
    { partition: 2, offset: 5 },
    { partition: 2, offset: 6 },
  ])
})

test('where one message is unknown, or elsewhere than the answer says, no offset is guessed', () => {
  for (const other of [undefined, 3])
    assert.deepEqual(placeMessages('t', [0, other, 1], answer([0, 0n], [1, 0n]), known), [
      { partition: 0, offset: undefined },
      undefined,
      { partition: 1, offset: undefined },
    ])
})

test('answers of other topics, and none, say nothing', () => {
  assert.deepEqual(placeMessages('u', [0], answer([0, 0n]), known), [undefined])
  assert.deepEqual(placeMessages('t', [0], [], known), [undefined])
})
