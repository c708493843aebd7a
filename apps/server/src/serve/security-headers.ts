import type { FastifyInstance } from 'fastify'

/** No inline script or style, nothing from elsewhere. What arrives in a span is never HTML, and never runs. */
const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
]

/**
 * Adds the headers that keep a page with other people's data safe to every answer. With `?embed` a page may
 * stand in a frame of another site; without, in none.
 */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const embedded = /[?&]embed(?:[=&]|$)/.test(request.url)
    const ancestors = embedded ? [] : ["frame-ancestors 'none'"]
    reply.header('content-security-policy', [...policy, ...ancestors].join('; '))
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'same-origin')
    if (!embedded) reply.header('x-frame-options', 'DENY')
  })
}
