import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { traceIdOf } from './trace-id.ts'

const id = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('traceIdOf', () => {
  it('knows a pasted id in the forms that people paste', () => {
    for (const text of [
      id,
      id.toUpperCase(),
      `  ${id}\n`,
      `"${id}"`,
      '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
      `00-${id}-00f067aa0ba902b7-01`,
    ])
      assert.equal(traceIdOf(text), id)
    assert.equal(traceIdOf('a3ce929d0e0e4736'), '0000000000000000a3ce929d0e0e4736')
  })

  it('takes nothing else for an id', () => {
    for (const text of [
      '',
      'orders',
      id.slice(1),
      `${id}0`,
      '0'.repeat(32),
      'a3ce929d0e0e473',
      `trace:${id}`,
      'deadbeef',
    ])
      assert.equal(traceIdOf(text), undefined)
  })
})
