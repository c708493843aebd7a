import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaBroker } from '@waybill/brokers'
import { freePorts, startLocalKafka } from '@waybill/brokers'
import { isSkipped } from '@waybill/example-testing/left-out'
import { outline } from '@waybill/example-testing/traces'
import type { TestWaybill } from '@waybill/example-testing/waybill'
import { startWaybill } from '@waybill/example-testing/waybill'
import type { Placed, RunningOrders } from './start.ts'
import { startOrders } from './start.ts'
import { wholeTrace } from './testing/expected.ts'

let folder: string
let port: number
let kafka: KafkaBroker
let waybill: TestWaybill
let orders: RunningOrders

const startKafka = (): Promise<KafkaBroker> => startLocalKafka({ port, dataDir: join(folder, 'data') })

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-kafka-'))
  ;[port = 0] = await freePorts(1)
  ;[kafka, waybill] = await Promise.all([startKafka(), startWaybill()])
  orders = await startOrders({ kafkaBrokers: kafka.brokers, amqpUrl: '', otlpEndpoint: waybill.otlpUrl })
})
after(async () => {
  await orders?.stop()
  await waybill?.stop()
  await kafka?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function orderUntilTaken(): Promise<Placed> {
  for (;;) {
    const placed = await orders.order({ product: 'Laptop', amount: 1500 })
    if (placed.httpStatus === 200) return placed
    assert.equal(placed.httpStatus, 503)
    await delay(100)
  }
}

test('a Kafka that goes away and comes back loses no order that was taken, and takes none meanwhile', async t => {
  if (isSkipped(t, orders.leftOut)) return
  await orders.fleet.halt('payment-service')
  const taken = await orders.order({ product: 'Laptop', amount: 1500 })
  assert.equal(taken.httpStatus, 200)
  await kafka.stop()
  const refused = await orders.order({ product: 'Laptop', amount: 1500 })
  assert.equal(refused.httpStatus, 503)
  kafka = await startKafka()
  await orders.fleet.resume('payment-service')
  // notification-service was there all the time, and goes on.
  assert.deepEqual(outline(await waybill.trace(taken.traceId, wholeTrace.length)), wholeTrace)
  const next = await orderUntilTaken()
  assert.deepEqual(outline(await waybill.trace(next.traceId, wholeTrace.length)), wholeTrace)
})
