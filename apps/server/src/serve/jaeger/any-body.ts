import type { FastifyInstance } from 'fastify'

/**
 * Has the routes of a scope take their bodies as bytes, whatever their type says, or no body at all: Jaeger never
 * looks at the type of what it is sent, and clients set it as they like.
 */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}
