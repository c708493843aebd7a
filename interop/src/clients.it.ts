import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Unavailable } from '@waybill/brokers'
import { clients } from './clients.ts'
import { runClient } from './run-client.ts'
import { startWaybill } from './waybill.ts'

const starting = startWaybill()

after(async () => {
  const waybill = await starting
  await waybill.stop()
})

for (const client of clients)
  test(client.title, async t => {
    try {
      const outcome = await runClient(client, await starting, console.error)
      assert.deepEqual(outcome.differences, [])
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      console.error(`SKIPPED ${client.title}: ${error.message}`)
      t.skip(error.message)
    }
  })
