import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFleet } from './fleet.ts'
import { runScenario } from './scenarios/run-scenario.ts'
import { scenarioNamed } from './scenarios/table.ts'
import { services } from './services.ts'
import { startOrders } from './start.ts'

test('what this machine cannot run is left out, with one line that says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orders-left-out-'))
  const { PATH: path, WAYBILL_CACHE: cache } = process.env
  Object.assign(process.env, { PATH: folder, WAYBILL_CACHE: join(folder, 'cache') })
  const others = services.filter(({ workshop }) => workshop !== undefined)
  const fleet = await startFleet({ services: others, env: {}, onLine: () => undefined })
  process.env['PATH'] = path
  if (cache === undefined) delete process.env['WAYBILL_CACHE']
  else process.env['WAYBILL_CACHE'] = cache
  await rm(folder, { recursive: true })
  assert.deepEqual(
    [...fleet.leftOut].sort((a, b) => a.name.localeCompare(b.name)),
    [
      { name: 'message-worker', reason: 'python3 is not installed' },
      { name: 'notification-service', reason: 'go is not installed' },
      { name: 'payment-service', reason: 'python3 is not installed' },
    ],
  )

  // Nothing of it runs without a broker.
  const system = await startOrders({ kafkaBrokers: [], amqpUrl: '', otlpEndpoint: '' })
  const scenario = scenarioNamed('lag')
  assert.ok(scenario)
  const leftOut = fleet.leftOut.filter(({ name }) => name === 'payment-service')
  await assert.rejects(runScenario({ ...system, leftOut }, scenario), {
    message: 'lag needs payment-service, which is left out: python3 is not installed',
  })
  await system.stop()
})
