import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDependencies } from './dependencies-parameters.ts'

const now = Date.UTC(2026, 0, 2)

test('calls are counted between services, of the last hour, where nothing is said', () => {
  const range = {
    startUnixNano: String(BigInt(now - 3_600_000) * 1_000_000n),
    endUnixNano: String(BigInt(now) * 1_000_000n),
  }
  assert.deepEqual(readDependencies({}, now), { range, between: 'services' })
  assert.deepEqual(readDependencies({ between: 'peers', last: '1h' }, now), { range, between: 'peers' })
})

test('what calls are counted between is one of two', () => {
  for (const between of ['', 'Services', 'brokers'])
    assert.throws(() => readDependencies({ between }, now), { code: 'BAD_PARAMETER', message: /between/ })
})
