import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readFlow, readRed } from './rate-parameters.ts'

const now = 1_700_000_000_000
const lastHour = { startUnixNano: '1699996400000000000', endUnixNano: '1700000000000000000' }

function refused(name: string, query: object): void {
  const isOfName = ({ code, message }: { readonly code?: string; readonly message: string }) =>
    code === 'BAD_PARAMETER' && message.startsWith(`${name}: `)
  assert.throws(() => readRed(query, now), isOfName)
}

describe('readRed', () => {
  it('reads the last hour of all spans where nothing is said', () => {
    assert.deepEqual(readRed({}, now), { range: lastHour })
    assert.deepEqual(readRed({ step: '', kind: '', by: '' }, now), { range: lastHour })
  })

  it('reads which spans, and how they are told apart; an empty name is a name', () => {
    assert.deepEqual(
      readRed({ service: '', operation: 'a', kind: 'Server', by: 'operation', step: '5m' }, now),
      {
        range: lastHour,
        stepMs: 300_000,
        service: '',
        operation: 'a',
        kind: 'server',
        by: 'operation',
      },
    )
  })

  it('takes steps of whole minutes', () => {
    assert.equal(readRed({ step: '60s' }, now).stepMs, 60_000)
    assert.equal(readRed({ step: '1d' }, now).stepMs, 86_400_000)
    for (const step of ['59s', '90s', '0m', '-1m', '1', 'x', '1m1ns']) refused('step', { step })
  })

  it('refuses what is none of the choices, and what stands twice', () => {
    refused('by', { by: 'kind' })
    refused('kind', { kind: 'servant' })
    refused('start', { start: '2', end: '1' })
    refused('service', { service: ['a', 'b'] })
  })
})

describe('readFlow', () => {
  it('reads which messages', () => {
    assert.deepEqual(readFlow({}, now), { range: lastHour })
    const names = { system: 'kafka', destination: 'orders', service: 'shop', group: '' }
    assert.deepEqual(readFlow({ ...names, step: '1m' }, now), { range: lastHour, stepMs: 60_000, ...names })
  })
})
