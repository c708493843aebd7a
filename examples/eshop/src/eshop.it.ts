import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import { Kafka, logLevel } from 'kafkajs'
import type { RunningEshop } from './start.ts'
import { wholeTrace } from './testing/expected.ts'
import type { Ground } from './testing/shop.ts'
import { checkOut, prepareGround, startShop } from './testing/shop.ts'

let ground: Ground
let shop: RunningEshop
const lines: string[] = []
before(async () => {
  ground = await prepareGround()
  shop = await startShop(ground, { onLine: line => lines.push(line) })
})
after(async () => {
  await shop?.stop()
  await ground?.stop()
})

test('a checkout is one trace from the edge proxy over Kafka to the mail', async () => {
  const { httpStatus, traceId } = await checkOut(shop)
  assert.equal(httpStatus, 200)
  const answer = await ground.waybill.trace(traceId, wholeTrace().length)
  assert.deepEqual(outline(answer), wholeTrace())
  const kinds = Object.fromEntries(
    answer.trace.spans.map(({ service, name, kind }) => [`${service} ${name}`, kind]),
  )
  assert.deepEqual(kinds, {
    'edge-proxy eshop/checkout': 'client',
    'eshop checkout': 'server',
    'eshop POST /createOrder': 'client',
    'inventory createOrder': 'server',
    'eshop POST /payment': 'client',
    'billing payment': 'server',
    'billing BankTransaction.transfer': 'internal',
    'billing DBAccess.save2db': 'internal',
    'eshop POST /arrangeDelivery': 'client',
    'delivery arrangeDelivery': 'server',
    'eshop send eshop-topic': 'producer',
    'kafka-consumer process eshop-topic': 'consumer',
    'kafka-consumer POST /sendEmail': 'client',
    'notification sendEmail': 'server',
  })
  const edge = attributesOf(spanNamed(answer, 'eshop/checkout'))
  assert.equal(edge['component'], 'proxy')
  assert.equal(edge['upstream_cluster'], 'eshop')
  assert.equal(attributesOf(spanNamed(answer, 'sendEmail'))['http.response.status_code'], 200)
})

test('the wait in Kafka is a segment of its own', async () => {
  const { order, traceId } = await checkOut(shop, '{"items":["pen"],"amount":2.5}')
  const answer = await ground.waybill.trace(traceId, wholeTrace().length)
  const [sent, processed] = [spanNamed(answer, 'send eshop-topic'), spanNamed(answer, 'process eshop-topic')]
  const [segment, ...more] = answer.messages
  assert.deepEqual(more, [])
  assert.equal(segment?.tie, 'parent')
  assert.equal(segment.producer.spanId, sent.spanId)
  assert.equal(segment.consumer.spanId, processed.spanId)
  assert.equal(segment.facts.destination, 'eshop-topic')
  assert.equal(segment.facts.key, order)
  assert.equal(segment.facts.consumerGroup, 'eshop-demo-app')
  for (const span of [sent, processed]) {
    const attributes = attributesOf(span)
    assert.equal(attributes['messaging.destination.partition.id'], segment.facts.partition)
    assert.equal(String(attributes['messaging.kafka.offset']), segment.facts.offset)
  }
})

test("a caller's trace is continued, of 64 bits, too", async () => {
  for (const traceId of ['463ac35c9f6413ad48485a3953bb6124', '48485a3953bb6124']) {
    const response = await fetch(`${shop.url}/checkout`, {
      headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': 'a2fb4a1d1a96d312', 'x-b3-sampled': '1' },
    })
    assert.equal(response.status, 200)
    const { trace } = await ground.waybill.trace(traceId.padStart(32, '0'), wholeTrace().length)
    assert.equal(
      trace.spans.find(({ service }) => service === 'edge-proxy')?.parentSpanId,
      'a2fb4a1d1a96d312',
    )
    assert.equal(new Set(trace.spans.map(({ service }) => service)).size, 7)
  }
})

test('checkouts at once keep their traces apart', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => checkOut(shop)))
  assert.equal(new Set(all.map(({ traceId }) => traceId)).size, 6)
  for (const { traceId } of all) {
    const answer = await ground.waybill.trace(traceId, wholeTrace().length)
    assert.deepEqual(outline(answer), wholeTrace())
  }
})

test('what is no cart is refused with 400, and goes no further', async () => {
  const wrong = [
    '',
    '{',
    '[]',
    'null',
    '7',
    '{"items":[]}',
    '{"amount":0}',
    '{"amount":"1"}',
    '{"email":"no"}',
  ]
  for (const body of wrong) {
    const { httpStatus, traceId } = await checkOut(shop, body)
    assert.equal(httpStatus, 400, body)
    const answer = await ground.waybill.trace(traceId, 2)
    assert.deepEqual(outline(answer), ['edge-proxy eshop/checkout', '  eshop checkout'])
  }
  for (const name of ['inventory/createOrder', 'billing/payment', 'delivery/arrangeDelivery'] as const) {
    const [service = '', path = ''] = name.split('/')
    const url = shop.urls[service as keyof typeof shop.urls]
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"order":7}' }
    assert.equal((await fetch(`${url}/${path}`, init)).status, 400, name)
  }
  assert.equal((await fetch(`${shop.url}/nothing`)).status, 404)
})

test('messages that hold no order are passed over', async () => {
  const kafka = new Kafka({ brokers: [...ground.kafka.brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  const values = ['no JSON', 'null', '7', '{}', null]
  await producer.send({ topic: 'eshop-topic', messages: values.map(value => ({ value })) })
  await producer.disconnect()
  const { traceId } = await checkOut(shop)
  await ground.waybill.trace(traceId, wholeTrace().length)
  while (lines.filter(line => line.includes('holds no order')).length < values.length)
    await new Promise(resolve => setTimeout(resolve, 50))
})

test('a service that is away fails the checkout, marked where it failed; no message is sent', async () => {
  await shop.end('delivery')
  const { httpStatus, traceId } = await checkOut(shop)
  assert.equal(httpStatus, 502)
  const expected = wholeTrace().filter(line => !/kafka|notification|delivery|send eshop-topic/.test(line))
  const answer = await ground.waybill.trace(traceId, expected.length)
  assert.deepEqual(outline(answer), expected)
  const failed = answer.trace.spans.filter(({ status }) => status.code === 'error')
  assert.deepEqual(
    failed.map(({ service, name }) => `${service} ${name}`),
    ['edge-proxy eshop/checkout', 'eshop checkout', 'eshop POST /arrangeDelivery'],
  )
  await shop.restart('delivery')
  const next = await checkOut(shop)
  assert.equal(next.httpStatus, 200)
  await ground.waybill.trace(next.traceId, wholeTrace().length)
})

test('an order whose mail cannot be sent now is not lost, and its mail is outside of the checkout', async () => {
  await shop.end('notification')
  const { httpStatus, traceId } = await checkOut(shop)
  assert.equal(httpStatus, 200)
  const path = apiPaths.trace(traceId)
  await ground.waybill.answer<TraceResponse>(path, ({ trace }) =>
    trace.spans.some(({ name, status }) => name === 'process eshop-topic' && status.code === 'error'),
  )
  await shop.restart('notification')
  const answer = await ground.waybill.answer<TraceResponse>(path, ({ trace }) =>
    trace.spans.some(({ service }) => service === 'notification'),
  )
  const [checkout, mail] = [spanNamed(answer, 'checkout'), spanNamed(answer, 'sendEmail')]
  assert.ok(BigInt(mail.startTimeUnixNano) > BigInt(checkout.endTimeUnixNano))
})

test('the page and its facts', async () => {
  const page = await fetch(`${shop.url}/`)
  assert.equal(page.headers.get('content-type'), 'text/html')
  assert.match(await page.text(), /Check out/)
  const facts = await (await fetch(`${shop.url}/page.json`)).json()
  assert.deepEqual(facts, { waybillUrl: ground.waybill.url, messages: 'on' })
})
