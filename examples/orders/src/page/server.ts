import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import { runScenario } from '../scenarios/run-scenario.ts'
import { scenarioNamed, scenarios } from '../scenarios/table.ts'
import type { Placed, RunningOrders } from '../start.ts'

/** What the page shows of an order: its id, and its trace where one is kept. */
function shown({ orderId, traceId, isSampled, httpStatus, answer }: Placed) {
  return {
    id: orderId || answer['messageId'],
    httpStatus,
    error: answer['error'],
    traceId: isSampled ? traceId : '',
  }
}

/** Serves the page of the example: orders, messages and scenarios by a button each. */
export function servePage(system: RunningOrders, waybillUrl: string): FastifyInstance {
  const base = waybillUrl.replace(/\/$/, '')
  const app = fastify({ forceCloseConnections: true })
  let current = ''
  app.get('/', async (_, reply) =>
    reply.type('text/html').send(await readFile(new URL('./index.html', import.meta.url))),
  )
  app.get('/page.json', () => ({
    waybillUrl: base,
    leftOut: system.leftOut,
    scenarios: scenarios.map(({ name, title, question }) => ({ name, title, question })),
  }))
  app.post('/orders', async ({ body }) => shown(await system.order(body)))
  app.post('/messages', async ({ body }) => shown(await system.message(body)))
  app.post<{ Params: { name: string } }>('/scenarios/:name', async ({ params }, reply) => {
    const scenario = scenarioNamed(params.name)
    if (scenario === undefined) return reply.code(404).send({ error: `There is no scenario ${params.name}` })
    if (current !== '') return reply.code(409).send({ error: `The scenario ${current} is running` })
    current = scenario.name
    try {
      const { placed, look } = await runScenario(system, scenario)
      return {
        placed: placed.map(shown),
        look: look.map(({ what, path }) => ({ what, url: `${base}${path}` })),
      }
    } catch (error) {
      return reply.code(409).send({ error: error instanceof Error ? error.message : String(error) })
    } finally {
      current = ''
    }
  })
  return app
}
