import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeNumber } from '../../message.ts'
import { assigned, notYetAssigned, placeMessages, rememberingPartitioner } from './partitions.ts'

const message = (partition = notYetAssigned): object => ({ [assigned]: partition })
const answer = (...entries: readonly (readonly [number, string])[]) =>
  entries.map(([partition, baseOffset]) => ({ topicName: 't', partition, baseOffset }))

test('messages are counted up from the base offset of their partition', () => {
  const messages = [message(0), message(1), message(0), message(1), message(1)]
  assert.deepEqual(placeMessages('t', messages, answer([0, '10'], [1, '7'])), [
    { partition: 0, offset: 10 },
    { partition: 1, offset: 7 },
    { partition: 0, offset: 11 },
    { partition: 1, offset: 8 },
    { partition: 1, offset: 9 },
  ])
})

test('one partition in the answer needs no partitioner to tell', () => {
  assert.deepEqual(placeMessages('t', [{}, {}], answer([2, '5'])), [
    { partition: 2, offset: 5 },
    { partition: 2, offset: 6 },
  ])
})

test('where one message is unknown, partitions stay and offsets are not guessed', () => {
  assert.deepEqual(placeMessages('t', [message(0), message(), message(1)], answer([0, '0'], [1, '0'])), [
    { partition: 0, offset: undefined },
    undefined,
    { partition: 1, offset: undefined },
  ])
})

test('answers of other topics, and none, say nothing', () => {
  assert.deepEqual(placeMessages('t', [message(3)], []), [{ partition: 3, offset: undefined }])
  assert.deepEqual(placeMessages('t', [message()], [{ topicName: 'u', partition: 0, baseOffset: '1' }]), [
    undefined,
  ])
})

test('a partitioner that changes its mind on a retry makes a message ambiguous', () => {
  let next = 0
  const partitionOf = rememberingPartitioner(() => () => next++)()
  const ours = message()
  const foreign = { value: 'v' }
  assert.equal(partitionOf({ message: ours }), 0)
  assert.deepEqual(placeMessages('t', [ours], []), [{ partition: 0, offset: undefined }])
  assert.equal(partitionOf({ message: ours }), 1)
  assert.deepEqual(placeMessages('t', [ours], []), [undefined])
  assert.equal(partitionOf({ message: foreign }), 2)
  assert.deepEqual(foreign, { value: 'v' })
})

test('offsets are integers that a number holds exactly, from 0 on', () => {
  assert.equal(wholeNumber('0'), 0)
  assert.equal(wholeNumber(String(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER)
  for (const value of ['9007199254740992', '-1', '', null, undefined, 'x', 1.5])
    assert.equal(wholeNumber(value), undefined)
})
