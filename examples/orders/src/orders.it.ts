import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isSkipped } from '@waybill/example-testing/left-out'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import { servePage } from './page/server.ts'
import { scenarios } from './scenarios/table.ts'
import { wholeTrace } from './testing/expected.ts'
import type { TestSystem } from './testing/system.ts'
import { startSystem } from './testing/system.ts'

let system: TestSystem
before(async () => {
  system = await startSystem('kafka')
})
after(() => system?.stop())

test("the article's order is one trace over Node, Python and Go", async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders } = system
  const placed = await orders.order({ product: 'Laptop', amount: 1500 })
  assert.equal(placed.httpStatus, 200)
  const answer = await waybill.trace(placed.traceId, wholeTrace.length)
  assert.deepEqual(outline(answer), wholeTrace)
  assert.deepEqual(
    answer.trace.spans.map(({ kind }) => kind),
    ['server', 'producer', 'consumer', 'internal', 'client', 'producer', 'consumer'],
  )
  const languages = answer.trace.resources.map(resource => attributesOf(resource)['telemetry.sdk.language'])
  assert.deepEqual(new Set(languages), new Set(['nodejs', 'python', 'go']))
  for (const name of ['POST /orders', 'process.payment', 'send.notification'])
    assert.equal(attributesOf(spanNamed(answer, name))['order.id'], placed.orderId)
})

test("what the article's services write into their spans: the order, and an event once it has gone on", async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders } = system
  const { traceId, orderId } = await orders.order({ product: 'Chair', amount: 99.5 })
  const answer = await waybill.trace(traceId, wholeTrace.length)
  const said = (name: string) => {
    const span = spanNamed(answer, name)
    const { 'order.id': id, 'order.product': product, 'order.amount': amount } = attributesOf(span)
    return [id, product, amount, ...span.events.map(event => [event.name, attributesOf(event)])]
  }
  const email = { 'notification.type': 'email', 'order.id': orderId }
  assert.deepEqual(
    [said('POST /orders'), said('process.payment'), said('send.notification')],
    [
      [
        ...[orderId, 'Chair', 99.5],
        ['order.published', { 'messaging.destination.name': 'orders.created', 'order.id': orderId }],
      ],
      [
        ...[orderId, 'Chair', 99.5],
        ['payment.processed', { 'payment.status': 'success', 'payment.amount': 99.5 }],
      ],
      [orderId, 'Chair', undefined, ['notification.sent', email]],
    ],
  )
})

test('both waits in Kafka are segments, tied by the context, with partition and offset', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders } = system
  const placed = await orders.order({ product: 'Lamp', amount: 20 })
  const answer = await waybill.trace(placed.traceId, wholeTrace.length)
  assert.deepEqual(
    answer.messages.map(({ facts, tie, producer, consumer }) => [
      facts.destination,
      facts.key,
      facts.consumerGroup,
      tie,
      producer.spanId,
      consumer.spanId,
    ]),
    [
      [
        'orders.created',
        placed.orderId,
        'payment-service-group',
        'parent',
        spanNamed(answer, 'send orders.created').spanId,
        spanNamed(answer, 'process.payment').spanId,
      ],
      [
        'payments.processed',
        placed.orderId,
        'notification-service-group',
        'parent',
        spanNamed(answer, 'send payments.processed').spanId,
        spanNamed(answer, 'send.notification').spanId,
      ],
    ],
  )
  const [created] = answer.messages
  assert.equal(created?.facts.partition, placed.partition)
  assert.equal(created?.facts.offset, placed.offset)
})

test("the article's other request is an order, too; what is none is refused, and leaves no message", async () => {
  const { waybill, orders } = system
  const other = await orders.order({ userId: 42, items: ['book', 'pen'], total: 25.99 })
  assert.equal(other.httpStatus, 200)
  assert.deepEqual(
    { ...(other.answer['order'] as object), id: '', timestamp: '' },
    { id: '', timestamp: '', product: 'book, pen', amount: 25.99 },
  )
  const wrong = [
    '',
    '{',
    '[]',
    'null',
    '7',
    '{"amount":"1"}',
    '{"amount":0}',
    '{"amount":-1}',
    '{"product":""}',
  ]
  for (const body of wrong) {
    const refused = await orders.order(body)
    assert.equal(refused.httpStatus, 400, body)
    const { trace } = await waybill.trace(refused.traceId, 1)
    assert.deepEqual(
      trace.spans.map(({ name }) => name),
      ['POST /orders'],
    )
  }
})

test('the page orders, sends, and plays scenarios', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders } = system
  const page = servePage(orders, `${waybill.url}/`)
  const start = await page.inject('/')
  assert.match(start.body, /<title>Orders<\/title>/)
  const { waybillUrl, leftOut, scenarios: offered } = (await page.inject('/page.json')).json()
  assert.deepEqual([waybillUrl, leftOut], [waybill.url, []])
  assert.deepEqual(
    offered.map(({ name }: { name: string }) => name),
    scenarios.map(({ name }) => name),
  )
  const ordered = await page.inject({ method: 'POST', url: '/orders', payload: { amount: 5 } })
  assert.deepEqual(outline(await waybill.trace(ordered.json().traceId, wholeTrace.length)), wholeTrace)
  assert.equal((await page.inject({ method: 'POST', url: '/scenarios/none' })).statusCode, 404)
  const [played, refused] = await Promise.all(
    ['fixed', 'lag'].map(name => page.inject({ method: 'POST', url: `/scenarios/${name}` })),
  )
  assert.ok(played && refused)
  assert.equal(refused.statusCode, 409)
  const { placed, look } = played.json()
  assert.deepEqual(
    look.map(({ url }: { url: string }) => url),
    [`${waybill.url}/trace/${placed[0].traceId}`],
  )
  await page.close()
})
