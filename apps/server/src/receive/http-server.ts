import type { FastifyInstance, FastifyReply } from 'fastify'
import { fastify } from 'fastify'

/** A body that is not whole after this time is given up. */
const requestTimeoutMs = 60_000

/**
 * A fastify server for a receiver: one that leaves the body alone, for the route to read it from
 * `request.raw` within its limits.
 *
 * @param refusePath answers, with status 400, a path that cannot be decoded, in the form of the receiver's errors.
 */
export function receivingServer(
  refusePath: (reply: FastifyReply, message: string) => unknown,
): FastifyInstance {
  const app = fastify({
    requestTimeout: requestTimeoutMs,
    frameworkErrors: (error, _request, reply) => {
      refusePath((reply as FastifyReply).code(400), error.message)
    },
  })
  leaveBody(app)
  return app
}

/** Has fastify leave the bodies of this scope's requests alone. */
export function leaveBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}
