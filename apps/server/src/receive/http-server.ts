import type { FastifyInstance, FastifyReply } from 'fastify'
import { fastify } from 'fastify'

/** A body that is not whole after this time is given up. */
const requestTimeoutMs = 60_000

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
  leaveBody(app)
  return app
}

/** Has fastify leave the bodies of this scope's requests alone. */
export function leaveBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}
