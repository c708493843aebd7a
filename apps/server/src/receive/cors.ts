import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Makes the check of an Origin header against patterns in which `*` stands for any text.
 *
 * @example originCheck(['http://localhost:*'])('http://localhost:3000') // true
 */
export function originCheck(patterns: readonly string[]): (origin: string) => boolean {
  const expressions = patterns.map(
    pattern => new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`, 'i'),
  )
  return origin => expressions.some(expression => expression.test(origin))
}

/** Tells a browser whether the page may read the answer (Fetch standard, "CORS protocol"). */
export function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  isAllowed: (origin: string) => boolean,
): void {
  const { origin } = request.headers
  if (origin === undefined) return
  reply.header('vary', 'Origin')
  if (isAllowed(origin)) reply.header('access-control-allow-origin', origin)
}

/** Answers the question that a browser asks before it sends spans ("CORS-preflight request"). */
export function answerPreflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wanted = request.headers['access-control-request-headers']
  if (wanted !== undefined) reply.header('access-control-allow-headers', wanted)
  return reply
    .header('access-control-allow-methods', 'POST')
    .header('access-control-max-age', '7200')
    .code(204)
    .send()
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
