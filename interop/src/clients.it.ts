import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clients } from './clients.ts'
import { runClient } from './run-client.ts'
import type { RunningWaybill } from './waybill.ts'
import { startWaybill } from './waybill.ts'
import { Unavailable } from './workshop.ts'

let waybill: RunningWaybill | undefined

before(async () => {
  waybill = await startWaybill()
})

after(() => waybill?.stop())

for (const client of clients)
  test(client.title, async t => {
    try {
      const outcome = await runClient(client, waybill, console.error)
      assert.deepEqual(outcome.differences, [])
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      console.error(`SKIPPED ${client.title}: ${error.message}`)
      t.skip(error.message)
    }
  })
