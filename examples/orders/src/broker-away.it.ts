import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { RabbitmqBroker } from '@waybill/brokers'
import { startRabbitmq } from '@waybill/brokers'
import { isSkipped } from '@waybill/example-testing/left-out'
import { outline } from '@waybill/example-testing/traces'
import type { TestWaybill } from '@waybill/example-testing/waybill'
import { startWaybill } from '@waybill/example-testing/waybill'
import type { Placed, RunningOrders } from './start.ts'
import { startOrders } from './start.ts'
import type { Line } from './testing/line.ts'
import { startLine } from './testing/line.ts'

let rabbitmq: RabbitmqBroker
let line: Line
let waybill: TestWaybill
let orders: RunningOrders
const lines: string[] = []

before(async () => {
  ;[rabbitmq, waybill] = await Promise.all([startRabbitmq(), startWaybill()])
  const url = new URL(rabbitmq.url)
  line = await startLine(Number(url.port || 5672))
  url.hostname = '127.0.0.1'
  url.port = String(line.port)
  orders = await startOrders({
    kafkaBrokers: [],
    amqpUrl: String(url),
    otlpEndpoint: waybill.otlpUrl,
    onLine: printed => lines.push(printed),
  })
})
after(async () => {
  await orders?.stop()
  await line?.cut()
  await waybill?.stop()
  await rabbitmq?.stop()
})

const email = { type: 'email', to: 'user@example.com' }
const wholeTrace = [
  'message-service POST /messages',
  '  message-service publish tasks',
  '    message-worker process.task',
]

async function sendUntilTaken(): Promise<Placed> {
  for (;;) {
    const placed = await orders.message(email)
    if (placed.httpStatus === 200) return placed
    assert.equal(placed.httpStatus, 503)
    await delay(100)
  }
}

test('a broker that goes away loses nothing that was answered, and what it cannot take is refused', async t => {
  if (isSkipped(t, orders.leftOut)) return
  await orders.fleet.halt('message-worker')
  const taken = await orders.message(email)
  assert.equal(taken.httpStatus, 200)
  await line.cut()
  const refused = await orders.message(email)
  assert.equal(refused.httpStatus, 503)
  await line.mend()
  await orders.fleet.resume('message-worker')
  assert.deepEqual(outline(await waybill.trace(taken.traceId, 3)), wholeTrace)
  const next = await sendUntilTaken()
  assert.deepEqual(outline(await waybill.trace(next.traceId, 3)), wholeTrace)
})

test('a worker whose broker comes back goes on', async t => {
  if (isSkipped(t, orders.leftOut)) return
  await line.cut()
  while (!lines.some(printed => printed.includes('RabbitMQ is away'))) await delay(50)
  await line.mend()
  const placed = await sendUntilTaken()
  assert.deepEqual(outline(await waybill.trace(placed.traceId, 3)), wholeTrace)
})
