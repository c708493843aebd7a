import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import { readWaits } from './rate-parameters.ts'

const now = Date.UTC(2026, 0, 2)

test('waits are asked for by destination, of the last hour where no range is given', () => {
  const { destination, range } = readWaits({ destination: 'orders' }, now)
  assert.equal(destination, 'orders')
  assert.deepEqual(range, {
    startUnixNano: String(BigInt(now - 3_600_000) * 1_000_000n),
    endUnixNano: String(BigInt(now) * 1_000_000n),
  })
})

test('a missing or empty destination is refused by name', () => {
  for (const query of [{}, { destination: '' }])
    assert.throws(
      () => readWaits(query, now),
      (error: unknown) =>
        error instanceof WaybillError && error.code === 'BAD_PARAMETER' && /destination/.test(error.message),
    )
})
