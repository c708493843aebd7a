import { fastify } from 'fastify'
import type { Registry } from 'prom-client'
import type { Listening, ListenOptions } from './listen.ts'
import { listen } from './listen.ts'

export interface Health extends Listening {
  /** From now on the server takes requests, or no longer does. */
  setAvailable(available: boolean): void
}

/**
 * Health and metrics. `/` and `/health` answer in the form of Jaeger's admin port: 200 while the server is
 * available, 503 before and after. `/metrics` is for Prometheus.
 *
 * @throws StartupError where the port cannot be had.
 */
export async function startHealth(
  at: Pick<ListenOptions, 'host' | 'port'>,
  registry: Registry,
): Promise<Health> {
  let upSinceMs: number | undefined
  const app = fastify()
  for (const path of ['/', '/health'])
    app.get(path, (_request, reply) => {
      if (upSinceMs === undefined) return reply.code(503).send({ status: 'Server not available' })
      const uptime = `${((Date.now() - upSinceMs) / 1000).toFixed(3)}s`
      return reply.send({ status: 'Server available', upSince: new Date(upSinceMs).toISOString(), uptime })
    })
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  const listening = await listen(app, {
    ...at,
    name: 'health',
    purpose: 'health and metrics',
    setting: 'health.port',
  })
  return {
    ...listening,
    setAvailable: available => {
      upSinceMs = available ? Date.now() : undefined
    },
  }
}
