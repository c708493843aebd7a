import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorTable, WaybillError } from './errors.ts'

test('docs/errors.md shows the table as it is', () => {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter(line => /^\| `[A-Z_]+` \|/.test(line))
  const expected = Object.entries(errorTable).map(
    ([code, { status, retry, advice }]) =>
      `| \`${code}\` | ${status} | ${retry ? 'yes' : 'no'} | ${advice} |`,
  )
  assert.deepEqual(rows, expected)
})

test('every error says what to do, and only those that pass by themselves are worth a retry', () => {
  for (const [code, { status, retry, advice }] of Object.entries(errorTable)) {
    assert.ok(status >= 400 && status < 600, code)
    assert.match(advice, /^[A-Z].*\.$/, code)
    assert.equal(retry, status === 429 || status >= 500, code)
  }
})

test('an error knows its place in the table, its cause, and the place that is to blame', () => {
  const cause = new Error('tag 0')
  const error = new WaybillError('BAD_PROTOBUF', 'at byte 12: field number 0', { position: 12, cause })
  assert.deepEqual([error.status, error.retry, error.position, error.cause], [400, false, 12, cause])
  assert.equal(new WaybillError('NOT_FOUND', 'x').position, undefined)
})
