import assert from 'node:assert/strict'
import test from 'node:test'
import { WaybillError } from '@waybill/model'
import { StoreRefusedError } from '../engine.ts'
import { readError, readLoadError } from './error.ts'

const ownMemory = new Error(
  'Code: 241. DB::Exception: Query memory limit exceeded: would use 24.00 MiB, maximum: 19.07 MiB. (MEMORY_LIMIT_EXCEEDED)',
)
const allMemory = new Error(
  'Code: 241. DB::Exception: (total) memory limit exceeded: would use 126.22 MiB, maximum: 95.37 MiB. (MEMORY_LIMIT_EXCEEDED)',
)

test('a load that needs more than its share is too large; one that finds no memory left waits', () => {
  const isTooLarge = (error: Error): boolean =>
    error instanceof WaybillError && error.code === 'QUERY_TOO_LARGE'
  assert.ok(isTooLarge(readLoadError(ownMemory)))
  assert.equal(readLoadError(allMemory), allMemory)
  assert.ok(isTooLarge(readError(allMemory)))
})

test('bytes that cannot be parsed are refused for good, and so is a block of too many days', () => {
  for (const message of [
    'Code: 33. DB::Exception: Cannot read all data',
    'Code: 252. DB::Exception: Too many partitions for single INSERT block (more than 100)',
  ])
    assert.ok(readLoadError(new Error(message)) instanceof StoreRefusedError)
  const later = new Error('Code: 252. DB::Exception: Too many parts (3000)')
  assert.equal(readLoadError(later), later)
})

test('what is no error of the engine stays as it is', () => {
  const other = new Error('no such file')
  assert.equal(readError(other), other)
  assert.equal(readError('text').message, 'text')
})
