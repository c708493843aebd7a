import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serversFound } from './found.ts'

test('without peers there is Waybill, and each peer is said to be missing', async () => {
  const { servers, missing } = await serversFound({ BENCH_PEERS: '' })
  assert.deepEqual(
    servers.map(({ name }) => name),
    ['Waybill'],
  )
  assert.deepEqual(
    missing.map(line => line.split(' ')[0]),
    ['Jaeger', 'VictoriaTraces', 'Zipkin'],
  )
})

test('a peer that is wanted needs its binary', async () => {
  const { missing } = await serversFound({ BENCH_PEERS: 'jaeger,victoria' })
  assert.match(missing.join('\n'), /JAEGER_BIN names no binary/)
  assert.match(missing.join('\n'), /VICTORIA_TRACES_BIN names no binary/)
})

test('binaries that the environment names take part, Jaeger with both of its stores', async () => {
  const env = { BENCH_PEERS: 'jaeger,victoria', JAEGER_BIN: 'jaeger', VICTORIA_TRACES_BIN: 'victoria' }
  const { servers } = await serversFound(env)
  assert.deepEqual(
    servers.map(({ name }) => name),
    ['Waybill', 'Jaeger badger', 'Jaeger memory', 'VictoriaTraces'],
  )
})
