import type { FastifyInstance, FastifyReply } from 'fastify'
import { fastify } from 'fastify'
import type { Listening, ListenOptions } from '../listen.ts'
import { hostPort, listenError } from '../listen.ts'

/** A body that is not whole after this time is given up. */
const requestTimeoutMs = 60_000
/** Requests that are still not answered this long after the end was asked for lose their connection. */
const graceMs = 5_000

/**
 * A fastify server for a receiver: one that leaves the body alone, for the route to read it from
 * `request.raw` within its limits.
 */
export function receivingServer(): FastifyInstance {
  const app = fastify({
    requestTimeout: requestTimeoutMs,
    // A path that cannot be decoded.
    frameworkErrors: (error, _request, reply) =>
      (reply as FastifyReply).code(400).send({ code: 3, message: error.message }),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  return app
}

/** @throws StartupError where the port cannot be had. */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<Listening> {
  const { host, port, purpose } = options
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenError(options, error)
  }
  const address = app.server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const close = async (): Promise<void> => {
    const impatience = setTimeout(() => app.server.closeAllConnections(), graceMs)
    await app.close()
    clearTimeout(impatience)
  }
  return { purpose, address: hostPort(host, bound), close }
}
