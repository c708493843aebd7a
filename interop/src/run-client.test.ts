import assert from 'node:assert/strict'
import { test } from 'node:test'
import { traceIdsIn } from './run-client.ts'

test('ids are found among what a program prints, and zeros that it left out are put back', () => {
  const output = `a line\ntrace d878a5f8c13afcf\ntrace ${'a'.repeat(16)}\ntrace 1${'0'.repeat(30)}\ntrace orders\n`
  assert.deepEqual(traceIdsIn(output), ['0d878a5f8c13afcf', 'a'.repeat(16), `01${'0'.repeat(30)}`])
})
