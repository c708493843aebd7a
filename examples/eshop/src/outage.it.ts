import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { BrokerUnavailable, freePorts, startLocalKafka } from '@waybill/brokers'
import { outline } from '@waybill/example-testing/traces'
import { startWaybill } from '@waybill/example-testing/waybill'
import { wholeTrace } from './testing/expected.ts'
import { checkOut, startShop } from './testing/shop.ts'

test('a broker that goes away and comes back loses no order that was accepted', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'eshop-kafka-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const [port = 0] = await freePorts(1)
  const startBroker = () => startLocalKafka({ port, dataDir: join(dataDir, 'data') })
  let kafka = await startBroker().catch((error: unknown) => {
    if (!(error instanceof BrokerUnavailable)) throw error
    t.skip(error.message)
  })
  if (kafka === undefined) return
  const waybill = await startWaybill()
  const shop = await startShop({ kafka, waybill })
  try {
    await shop.end('kafka-consumer')
    const accepted = await checkOut(shop)
    assert.equal(accepted.httpStatus, 200)

    await kafka.stop()
    kafka = undefined
    assert.equal((await checkOut(shop)).httpStatus, 503)

    kafka = await startBroker()
    await shop.restart('kafka-consumer')
    assert.deepEqual(outline(await waybill.trace(accepted.traceId, wholeTrace().length)), wholeTrace())

    let next = await checkOut(shop)
    while (next.httpStatus !== 200) {
      await delay(200)
      next = await checkOut(shop)
    }
    assert.deepEqual(outline(await waybill.trace(next.traceId, wholeTrace().length)), wholeTrace())
  } finally {
    await shop.stop()
    await waybill.stop()
    await kafka?.stop()
  }
})
