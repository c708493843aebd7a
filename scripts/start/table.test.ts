import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressesIn } from './addresses.ts'
import { table } from './table.ts'

test('columns are aligned', () => {
  const rows = [
    { what: 'Waybill', where: 'http://127.0.0.1:16686', note: 'traces' },
    { what: 'Kafka', where: '127.0.0.1:9092', note: '' },
  ]
  assert.deepEqual(table(rows), ['  Waybill  http://127.0.0.1:16686  traces', '  Kafka    127.0.0.1:9092'])
})

test('addresses are read from lines of a name and an address, others are passed over', () => {
  const lines = ['loading 3 segments', 'otlp-http  http://127.0.0.1:4318', 'ready http://127.0.0.1:16686']
  assert.deepEqual(
    [...addressesIn(lines)],
    [
      ['otlp-http', 'http://127.0.0.1:4318'],
      ['ready', 'http://127.0.0.1:16686'],
    ],
  )
})
