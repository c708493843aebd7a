import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { MessageSearchResponse, WaitsResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { isSkipped } from '@waybill/example-testing/left-out'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import type { Placed } from '../start.ts'
import { wholeTrace } from '../testing/expected.ts'
import type { TestSystem } from '../testing/system.ts'
import { startSystem } from '../testing/system.ts'
import { runScenario } from './run-scenario.ts'
import { orderMany } from './scenario.ts'
import { scenarioNamed } from './table.ts'

let system: TestSystem
before(async () => {
  system = await startSystem('kafka')
})
after(() => system?.stop())

async function run(name: string): Promise<readonly Placed[]> {
  const scenario = scenarioNamed(name)
  assert.ok(scenario)
  const { placed, look } = await runScenario(system.orders, scenario)
  assert.ok(look.length > 0)
  return placed
}

test('a producer without a consumer is found, until there is one', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders } = system
  const unconsumed = (isWanted: (answer: MessageSearchResponse) => boolean) =>
    waybill.answer(
      `${apiPaths.messages}?${new URLSearchParams({ q: 'topic:orders.created is:unconsumed' })}`,
      isWanted,
    )
  await orders.fleet.halt('payment-service')
  const [placed] = await orderMany(orders, 1)
  const { messages } = await unconsumed(({ messages }) => messages.length > 0)
  assert.deepEqual(
    messages.map(({ traceId, facts }) => [traceId, facts.partition, facts.offset]),
    [[placed?.traceId, placed?.partition, placed?.offset]],
  )
  await orders.fleet.resume('payment-service')
  assert.deepEqual(outline(await waybill.trace(placed?.traceId ?? '', wholeTrace.length)), wholeTrace)
  await unconsumed(({ messages }) => messages.length === 0)
})

test('what a service holds when it is told to end is sent', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders, lines } = system
  const names = ['order-service', 'payment-service', 'notification-service'] as const
  // Nothing leaves by itself for a minute.
  const settings = { OTEL_BSP_SCHEDULE_DELAY: '60000' }
  await orders.fleet.configure(Object.fromEntries(names.map(name => [name, settings])))
  const [{ orderId, traceId } = { orderId: '', traceId: '' }] = await orderMany(orders, 1)
  while (!lines.some(line => line.includes(`Told the customer of order ${orderId}`))) await delay(50)
  assert.deepEqual(await waybill.traces(`trace:${traceId}`), [])
  for (const name of names) await orders.fleet.halt(name)
  assert.deepEqual(outline(await waybill.trace(traceId, wholeTrace.length)), wholeTrace)
  await orders.fleet.configure({})
  for (const name of names) await orders.fleet.resume(name)
})

test('lag: how far behind the consumer is, and how long the messages waited', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const placed = await run('lag')
  const answers = await Promise.all(placed.map(({ traceId }) => waybill.trace(traceId, wholeTrace.length)))
  const ids = new Set(placed.map(({ traceId }) => traceId))
  const lags = answers.map(answer =>
    Number(attributesOf(spanNamed(answer, 'process.payment'))['messaging.consumer_lag']),
  )
  // Eight orders in three partitions: three of them at least in one.
  assert.ok(Math.max(...lags) >= 2, lags.join(' '))
  assert.equal(Math.min(...lags), 0)
  const behind = await waybill.spans('messaging.consumer_lag>=1')
  assert.equal(behind.filter(({ traceId }) => ids.has(traceId)).length, lags.filter(lag => lag >= 1).length)

  const waited = answers.flatMap(({ messages }) =>
    messages
      .filter(({ facts }) => facts.destination === 'orders.created')
      .map(({ waitedNano }) => waitedNano),
  )
  // Seven payments of half a second before the last.
  assert.ok(Math.max(...waited) > 3e9)
  const long = await waybill.messages('topic:orders.created op:process wait>2s')
  assert.equal(
    long.filter(({ traceId }) => ids.has(traceId)).length,
    waited.filter(nano => nano > 2e9).length,
  )
  const { waits } = await waybill.answer<WaitsResponse>(
    `${apiPaths.waits}?${new URLSearchParams({ destination: 'orders.created', last: '1h' })}`,
    ({ waits }) => (waits[0]?.messages ?? 0) >= 9,
  )
  const [group, ...more] = waits
  assert.deepEqual(more, [])
  assert.equal(group?.consumerGroup, 'payment-service-group')
  assert.ok(group.maxNano >= Math.max(...waited) * 0.9)
})

test('sampling: one of a hundred is kept, and is whole', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const placed = await run('sampling')
  assert.ok(placed.every(({ httpStatus }) => httpStatus === 200))
  const kept = placed.filter(({ isSampled }) => isSampled)
  assert.ok(kept.length >= 1 && kept.length < placed.length * 0.05, `${kept.length} of ${placed.length}`)
  for (const { traceId } of kept)
    assert.deepEqual(outline(await waybill.trace(traceId, wholeTrace.length)), wholeTrace)
  const stored = await waybill.traces('name:"POST /orders" order.product:Pen')
  assert.deepEqual(new Set(stored.map(({ traceId }) => traceId)), new Set(kept.map(({ traceId }) => traceId)))
})
