import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import { isSkipped } from '@waybill/example-testing/left-out'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import type { Placed } from '../start.ts'
import { firstHalf, wholeTrace } from '../testing/expected.ts'
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

/** Finds the payment of an order whose trace ends at Kafka: by where the message was. */
async function paymentOf({ traceId, partition, offset }: Placed): Promise<TraceResponse> {
  const { waybill } = system
  assert.deepEqual(outline(await waybill.trace(traceId, 2)), firstHalf)
  const { stops } = await waybill.journey('orders.created', partition, offset, 2)
  assert.deepEqual(
    stops.map(({ span, operation, tie }) => [span.service, operation, tie]),
    [
      ['order-service', 'send', undefined],
      ['payment-service', 'process', 'coordinates'],
    ],
  )
  const other = stops[1]?.span.traceId ?? ''
  assert.notEqual(other, traceId)
  return waybill.trace(other, 5)
}

test('broken-context: two traces, which the coordinates of the message join', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const [placed] = await run('broken-context')
  assert.ok(placed)
  const payment = await paymentOf(placed)
  assert.deepEqual(
    outline(payment),
    wholeTrace.slice(2).map(line => line.slice(4)),
  )
  const roots = await system.waybill.spans('name:process.payment is:root')
  assert.ok(roots.some(({ traceId }) => traceId === payment.trace.traceId))
})

test('fixed: the line that puts the context into the headers makes them one', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const [placed] = await run('fixed')
  const answer = await system.waybill.trace(placed?.traceId ?? '', wholeTrace.length)
  assert.deepEqual(outline(answer), wholeTrace)
})

test('headers-broken: an object is refused by kafkajs, its text by the consumer, which says so', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const [refused, sent] = await run('headers-broken')
  assert.ok(refused && sent)
  assert.equal(refused.httpStatus, 500)
  const failed = spanNamed(await waybill.trace(refused.traceId, 2), 'send orders.created')
  assert.equal(failed.status.code, 'error')
  assert.equal(attributesOf(failed.events[0] ?? { attributes: [] })['exception.type'], 'ERR_INVALID_ARG_TYPE')

  assert.equal(sent.httpStatus, 200)
  const payment = spanNamed(await paymentOf(sent), 'process.payment')
  const unreadable = payment.events.find(({ name }) => name === 'context.unreadable')
  assert.deepEqual(unreadable && attributesOf(unreadable), { traceparent: '[object Object]' })
  assert.deepEqual(
    (await waybill.spans('event:context.unreadable')).map(({ spanId }) => spanId),
    [payment.spanId],
  )
})

test('clock-skew: a message that arrives before it was sent keeps its negative wait', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const [placed] = await run('clock-skew')
  const answer = await waybill.trace(placed?.traceId ?? '', wholeTrace.length)
  assert.deepEqual(outline(answer), wholeTrace)
  const waits = Object.fromEntries(
    answer.messages.map(({ facts, waitedNano }) => [facts.destination, waitedNano]),
  )
  assert.ok((waits['orders.created'] ?? -1) >= 0)
  const wait = waits['payments.processed'] ?? 0
  assert.ok(wait < 0, String(wait))
  // Not earlier than the clock is slow: it was received when the send had begun.
  const sentNano = BigInt(spanNamed(answer, 'send payments.processed').startTimeUnixNano)
  const receivedNano = BigInt(spanNamed(answer, 'send.notification').startTimeUnixNano)
  assert.ok(receivedNano - sentNano >= -300_000_000n)
  const early = await waybill.messages('wait<0ms')
  assert.deepEqual(
    early.map(({ traceId, service }) => [traceId, service]),
    [[placed?.traceId, 'notification-service']],
  )
})

test('batch-context-loss: the payments lie under the batch, the orders end at Kafka', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const placed = await run('batch-context-loss')
  const batches = new Set<string>()
  for (const each of placed) {
    const payment = await paymentOf(each)
    assert.match(outline(payment)[0] ?? '', /^payment-service poll orders\.created$/)
    batches.add(payment.trace.traceId)
  }
  assert.ok(batches.size < placed.length, `${batches.size} batches`)
  let payments = 0
  for (const traceId of batches)
    payments += (await system.waybill.spans(`trace:${traceId} name:process.payment`)).length
  assert.equal(payments, placed.length)
})

test('batch-right: each payment lies in the trace of its order, and is linked with the batch', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const placed = await run('batch-right')
  const polls = new Set<string>()
  for (const { traceId } of placed) {
    const answer = await waybill.trace(traceId, wholeTrace.length)
    assert.deepEqual(outline(answer), wholeTrace)
    const [link] = spanNamed(answer, 'process.payment').links
    assert.ok(link)
    polls.add(link.traceId)
  }
  assert.ok(polls.size < placed.length)
  let linked = 0
  for (const traceId of polls) {
    const poll = await waybill.trace(traceId, 1)
    assert.deepEqual(outline(poll), ['payment-service poll orders.created'])
    linked += spanNamed(poll, 'poll orders.created').links.length
  }
  assert.equal(linked, placed.length)
})

test('consumer-crash: an orphan says that a span is missing, and the order is paid once', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill } = system
  const [placed] = await run('consumer-crash')
  // Two of the order, five of the second payment, and the e-mail of the first.
  const answer = await waybill.trace(placed?.traceId ?? '', wholeTrace.length + 1)
  assert.deepEqual(outline(answer), [...wholeTrace, '… notification-service send.notification'])
  const orphans = await waybill.spans('is:orphan')
  assert.deepEqual(
    orphans.map(({ traceId, name }) => [traceId, name]),
    [[placed?.traceId, 'send.notification']],
  )
  const [summary] = await waybill.traces(`trace:${placed?.traceId}`)
  assert.equal(summary?.orphanCount, 1)
  // The payment of the process that was killed had been kept.
  assert.equal(attributesOf(spanNamed(answer, 'INSERT payments'))['db.response.affected_rows'], 0)
})
