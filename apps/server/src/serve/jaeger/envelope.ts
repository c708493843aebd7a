import type { FastifyReply, FastifyRequest } from 'fastify'

/** One entry of `errors`. `code` is left out for a trace that one of several ids did not find. */
export interface LegacyError {
  readonly code?: number
  readonly msg: string
  readonly traceID?: string
}

/** What every answer of Jaeger's legacy JSON API is wrapped in (Jaeger 2.20, http_handler.go). */
interface Envelope {
  readonly data: unknown
  readonly total: number
  readonly limit: 0
  readonly offset: 0
  readonly errors: readonly LegacyError[] | null
}

/**
 * Answers in the envelope. `total` is the number of items for lists of names, and 0 for traces, as Jaeger has
 * it. `?prettyPrint=true` indents by four.
 */
export function sendEnvelope(
  request: FastifyRequest,
  reply: FastifyReply,
  data: unknown,
  options: { readonly total?: number; readonly errors?: readonly LegacyError[] } = {},
): FastifyReply {
  const errors = options.errors === undefined || options.errors.length === 0 ? null : options.errors
  const envelope: Envelope = { data, total: options.total ?? 0, limit: 0, offset: 0, errors }
  const pretty = queryOf(request).get('prettyPrint')
  const indent = pretty === null || pretty === '' || pretty === 'false' ? undefined : 4
  return reply.type('application/json').send(JSON.stringify(envelope, undefined, indent))
}

/** Jaeger sends errors with Go's `http.Error`: the envelope as plain text, with a line feed at the end. */
export function sendLegacyError(reply: FastifyReply, status: number, msg: string): FastifyReply {
  const envelope: Envelope = { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg }] }
  return reply
    .code(status)
    .type('text/plain; charset=utf-8')
    .send(`${JSON.stringify(envelope)}\n`)
}

/** The query string as it was sent, repeated parameters and all. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  const at = request.url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1))
}
