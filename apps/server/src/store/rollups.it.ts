import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample } from './now-samples.ts'
import { loadSamples, minuteMs } from './now-samples.ts'
import { temporaryFolder, temporaryStore } from './temporary-store.ts'

test('spans, errors and durations are counted by minute', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const day = 86_400_000_000_000
  await loadSamples(engine, folder, [
    { durationNano: 1 },
    { durationNano: 2, failed: true, startMs: minuteMs + 59_999 },
    { durationNano: 0 },
    { durationNano: -5, startMs: minuteMs - 1 },
    { durationNano: day + 1, service: '', name: '', kind: 9 },
  ])
  await loadSamples(engine, folder, [{ durationNano: 1024 }])
  const rows = await engine.query(
    'SELECT service, name, kind, toUnixTimestamp(minute) * 1000 AS at, spans, errors, duration, durations FROM operation_minutes FINAL ORDER BY service, at',
  )
  const row = (
    service: string,
    at: number,
    [spans, errors, duration]: readonly number[],
    durations: Readonly<Record<string, string>>,
  ) => ({
    service,
    name: service === '' ? '' : 'work',
    kind: service === '' ? 0 : 1,
    at: String(at),
    spans: String(spans),
    errors: String(errors),
    duration: String(duration),
    durations,
  })
  assert.deepEqual(rows, [
    row('', minuteMs, [1, 0, day], { '371': '1' }),
    row('shop', minuteMs - 60_000, [1, 0, 0], { '0': '1' }),
    row('shop', minuteMs, [4, 1, 1027], { '0': '1', '1': '1', '9': '1', '81': '1' }),
  ])
})

test('messages are counted by what handles them, batches by their size', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const kafka = (operation: string, more: Readonly<Record<string, string>> = {}) => ({
    'messaging.system': 'kafka',
    'messaging.destination.name': 'orders',
    'messaging.operation.type': operation,
    'messaging.message.body.size': '10',
    ...more,
  })
  const batch = kafka('process', {
    'messaging.consumer.group.name': 'billing',
    'messaging.batch.message_count': '3',
  })
  const named = kafka('process', { 'messaging.destination.name': '', 'messaging.batch.message_count': '0' })
  await loadSamples(engine, folder, [
    { attributes: kafka('send') },
    { attributes: kafka('send'), failed: true },
    { attributes: batch, failed: true },
    {
      attributes: named,
      links: [{ 'messaging.destination.name': 'a' }, { 'messaging.destination.name': 'b' }],
    },
    { attributes: { 'messaging.batch.message_count': '7' } },
  ])
  assert.deepEqual(
    await engine.query(
      'SELECT destination, operation, consumer_group, spans, messages, failed_messages, bytes FROM operation_minutes FINAL ORDER BY destination, operation',
    ),
    [
      ['', '', '', 1, 0, 0, 0],
      ['a', 'process', '', 1, 2, 0, 10],
      ['orders', 'process', 'billing', 1, 3, 3, 10],
      ['orders', 'send', '', 2, 2, 1, 20],
    ].map(([destination, operation, consumer_group, ...counts]) => {
      const [spans, messages, failed_messages, bytes] = counts.map(String)
      return { destination, operation, consumer_group, spans, messages, failed_messages, bytes }
    }),
  )
})

test('times at random share one minute and one day', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const wild = Array.from({ length: 300 }, (_, i) => ({ startMs: i * 30_000_000_000 }))
  await loadSamples(engine, folder, [...wild, {}])
  assert.deepEqual(
    await engine.query(
      'SELECT toUnixTimestamp(minute) AS at, sum(spans) AS spans FROM operation_minutes GROUP BY at ORDER BY at',
    ),
    [
      { at: 0, spans: '300' },
      { at: minuteMs / 1000, spans: '1' },
    ],
  )
  assert.deepEqual(await engine.query('SELECT count() AS rows, sum(spans) AS total FROM operations'), [
    { rows: '2', total: '301' },
  ])
})

test('names without end do not grow the tables without end; those that are known go on', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const names = (from: number, to: number): readonly Sample[] =>
    Array.from({ length: to - from }, (_, i) => ({ name: `GET /orders/${from + i}` }))
  const counted = async () =>
    await engine.query(
      'SELECT service, uniqExact(name) AS names, sum(spans) AS total, sumIf(spans, rest = 1) AS others FROM operations GROUP BY service ORDER BY service',
    )
  await loadSamples(engine, folder, names(0, 999))
  await loadSamples(engine, folder, names(999, 1000))
  assert.deepEqual(await counted(), [{ service: 'shop', names: '1000', total: '1000', others: '0' }])
  await loadSamples(engine, folder, [
    ...names(0, 10),
    ...names(1000, 1500),
    { service: 'billing', name: 'new' },
  ])
  assert.deepEqual(await counted(), [
    { service: 'billing', names: '1', total: '1', others: '0' },
    // '' is the name of the rest
    { service: 'shop', names: '1001', total: '1510', others: '500' },
  ])
  assert.deepEqual(
    await engine.query(
      "SELECT sum(spans) AS spans, sum(mapValues(durations)[1]) AS timed FROM operation_minutes WHERE rest = 1 AND name = ''",
    ),
    [{ spans: '500', timed: '500' }],
  )
})

test('attributes are known with the services, types and values that they have', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const longest = 'x'.repeat(128)
  await loadSamples(engine, folder, [
    { attributes: { 'user.id': 'u1', empty: '' }, resource: { 'host.name': 'h1' } },
    { attributes: { 'user.id': 'u1', [longest]: longest, [`${longest}x`]: 'v' } },
    {
      attributes: { 'user.id': 'u2', long: `${longest}x` },
      service: 'billing',
      resource: { 'host.name': 'h2' },
    },
  ])
  const rows = await engine.query(
    `SELECT key, service, of_resource AS resource, sum(spans) AS total,
      arraySort(groupArraySampleMerge(200, 1)(sampled)) AS values
    FROM attribute_keys WHERE key != 'service.name' GROUP BY key, service, resource ORDER BY key, service`,
  )
  const row = (
    key: string,
    service: string,
    resource: number,
    total: string,
    ...values: readonly string[]
  ) => ({
    key,
    service,
    resource,
    total,
    values,
  })
  assert.deepEqual(rows, [
    row('empty', 'shop', 0, '1'),
    row('host.name', 'billing', 1, '1', 'h2'),
    row('host.name', 'shop', 1, '1', 'h1'),
    row('long', 'billing', 0, '1'),
    row('user.id', 'billing', 0, '1', 'u2'),
    row('user.id', 'shop', 0, '2', 'u1', 'u1'),
    row(longest, 'shop', 0, '1', longest),
  ])
})

test('attributes without end do not grow the tables without end', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const many = (of: number, from: number, to: number): Sample => ({
    attributes: Object.fromEntries(
      Array.from({ length: to - from }, (_, i) => [`key ${from + i}`, `value ${of}`]),
    ),
  })
  const counted = async () =>
    await engine.query('SELECT uniqExact(key) AS keys FROM attribute_keys WHERE of_resource = 0')
  await loadSamples(engine, folder, [many(1, 0, 998)])
  await loadSamples(engine, folder, [many(2, 998, 1000)])
  assert.deepEqual(await counted(), [{ keys: '1000' }])
  await loadSamples(engine, folder, [many(3, 1000, 1100)])
  assert.deepEqual(await counted(), [{ keys: '1000' }])

  const ids = Array.from({ length: 3000 }, (_, i) => ({
    service: 'billing',
    name: `name ${i}`,
    attributes: { 'order.id': `order ${i}`, often: String(i % 2) },
  }))
  await loadSamples(engine, folder, ids)
  assert.deepEqual(
    await engine.query(
      `SELECT key, sum(spans) AS total, length(groupArraySampleMerge(200, 1)(sampled)) AS length
      FROM attribute_keys WHERE service = 'billing' AND of_resource = 0 GROUP BY key ORDER BY key`,
    ),
    [
      { key: 'often', total: '2000', length: '200' },
      { key: 'order.id', total: '2000', length: '200' },
    ],
  )
})
