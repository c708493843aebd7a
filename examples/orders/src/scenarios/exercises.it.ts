import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isSkipped } from '@waybill/example-testing/left-out'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import type { Placed } from '../start.ts'
import { wholeTrace } from '../testing/expected.ts'
import type { TestSystem } from '../testing/system.ts'
import { startSystem } from '../testing/system.ts'
import { runScenario } from './run-scenario.ts'
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

test('bottleneck: the slowest trace, its slowest span, and what the others waited for', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const placed = await run('bottleneck')
  for (const { traceId } of placed)
    assert.deepEqual(outline(await waybill.trace(traceId, wholeTrace.length)), wholeTrace)
  const traces = await waybill.traces('name:"POST /orders"')
  assert.deepEqual(
    new Set(traces.map(({ traceId }) => traceId)),
    new Set(placed.map(({ traceId }) => traceId)),
  )
  const [slowest] = [...traces].sort((a, b) => b.durationNano - a.durationNano)
  assert.ok(slowest)
  // Nine inserts of others, one after the other.
  assert.ok(slowest.waitedNano > 9 * 600e6, String(slowest.waitedNano))
  const inTrace = await waybill.spans(`trace:${slowest.traceId} -kind:server -kind:consumer`)
  const [longest] = [...inTrace].sort((a, b) => b.durationNano - a.durationNano)
  assert.deepEqual([longest?.service, longest?.name], ['payment-service', 'INSERT payments'])
  const slow = await waybill.spans('dur>500ms -kind:server -kind:consumer')
  assert.deepEqual(
    new Set(slow.map(({ service, name }) => `${service} ${name}`)),
    new Set(['payment-service INSERT payments']),
  )
  assert.equal(slow.length, 10)
})

test('dead-letter: the failed trace, and the way of its message to the dead letters', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const [refused, paid] = await run('dead-letter')
  assert.ok(refused && paid)
  assert.deepEqual([refused.httpStatus, paid.httpStatus], [200, 200])
  const answer = await waybill.trace(refused.traceId, 5)
  assert.deepEqual(outline(answer), [
    'order-service POST /orders',
    '  order-service send orders.created',
    '    payment-service process.payment',
    '      payment-service charge.card',
    '      payment-service send orders.created.dlq',
  ])
  assert.deepEqual(
    answer.trace.spans.filter(({ status }) => status.code === 'error').map(({ name }) => name),
    ['process.payment', 'charge.card'],
  )
  const exceptions = answer.trace.spans
    .flatMap(({ events }) => events)
    .filter(({ name }) => name === 'exception')
    .map(event => attributesOf(event)['exception.message'])
  assert.deepEqual(exceptions, ['Amount too high!'])

  const { stops } = await waybill.journey('orders.created', refused.partition, refused.offset, 2)
  assert.deepEqual(
    stops.map(({ span, operation, error, errorMessage }) => [span.service, operation, error, errorMessage]),
    [
      ['order-service', 'send', false, ''],
      ['payment-service', 'process', true, 'Amount too high!'],
    ],
  )
  const dead = await waybill.messages('dlq:orders.created')
  assert.deepEqual(
    dead.map(({ traceId, facts }) => [traceId, facts.destination, facts.operation]),
    [[refused.traceId, 'orders.created.dlq', 'send']],
  )
  const attributes = attributesOf(spanNamed(answer, 'send orders.created.dlq'))
  assert.equal(attributes['waybill.dead_letter.partition'], refused.partition)
  assert.equal(attributes['waybill.dead_letter.offset'], Number(refused.offset))
  assert.equal(attributes['waybill.dead_letter.reason'], 'AmountTooHigh')
  const unread = await waybill.messages('is:dlq is:unconsumed')
  assert.deepEqual(
    unread.map(({ traceId }) => traceId),
    [refused.traceId],
  )
  // The last amount that is paid.
  assert.deepEqual(outline(await waybill.trace(paid.traceId, wholeTrace.length)), wholeTrace)
})

test('retry-storm: every attempt is a span, counted by its order', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const placed = await run('retry-storm')
  assert.equal(placed.length, 2)
  for (const { traceId, orderId } of placed) {
    const answer = await waybill.trace(traceId, 7)
    assert.deepEqual(outline(answer).slice(2), [
      '    payment-service process.payment',
      ...[1, 2, 3].map(() => '      payment-service charge.card'),
      '      payment-service send orders.created.dlq',
    ])
    const attempts = await waybill.spans(`name:charge.card order.id:${orderId}`)
    assert.deepEqual(
      attempts.map(({ status }) => status),
      ['error', 'error', 'error'],
    )
    const numbers = answer.trace.spans
      .filter(({ name }) => name === 'charge.card')
      .map(span => attributesOf(span)['payment.attempt'])
    assert.deepEqual(numbers, [1, 2, 3])
    assert.equal((await waybill.spans(`payment.attempt>1 order.id:${orderId}`)).length, 2)
    // The message itself came once.
    assert.equal((await waybill.messages(`topic:orders.created op:process key:${orderId}`)).length, 1)
  }
  const [first, second, third] = (await waybill.trace(placed[0]?.traceId ?? '', 7)).trace.spans
    .filter(({ name }) => name === 'charge.card')
    .map(span => [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)] as const)
  assert.ok(first && second && third)
  // 200 ms, then 400 ms.
  assert.ok(second[0] - first[1] >= 190_000_000n)
  assert.ok(third[0] - second[1] >= 390_000_000n)
})
