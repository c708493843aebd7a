import type { FastifyReply, FastifyRequest } from 'fastify'

/** One entry of `errors`. `code` is left out for a trace that one of several ids did not find. */
export interface LegacyError {
  readonly code?: number
  readonly msg: string
  readonly traceID?: string
}

interface EnvelopeOptions {
  /** The number of items for lists of names, and 0 for traces, as Jaeger has it. */
  readonly total?: number
  /** null if absent, as Jaeger has it in most of its answers. */
  readonly errors?: readonly LegacyError[]
}

/**
 * Answers in the envelope that every answer of Jaeger's legacy JSON API has (Jaeger 2.20, http_handler.go).
 * `?prettyPrint=true` indents by four.
 */
export function sendEnvelope(
  request: FastifyRequest,
  reply: FastifyReply,
  data: unknown,
  options: EnvelopeOptions = {},
): FastifyReply {
  return sendEnvelopeText(request, reply, JSON.stringify(data), options)
}

/** As {@link sendEnvelope}, for data that is JSON text already. */
export function sendEnvelopeText(
  request: FastifyRequest,
  reply: FastifyReply,
  data: string,
  options: EnvelopeOptions = {},
): FastifyReply {
  return reply.type('application/json').send(envelopeText(data, wantsPretty(request), options))
}

/** The envelope around data that is JSON text already. */
export function envelopeText(
  data: string,
  isPretty: boolean,
  { total = 0, errors }: EnvelopeOptions = {},
): string {
  const text = `{"data":${data}${envelopeEnd({ total, limit: 0, offset: 0, errors: errors ?? null })}`
  return isPretty ? JSON.stringify(JSON.parse(text), undefined, 4) : text
}

/** What stands after the data. */
export function envelopeEnd(rest: object): string {
  return `,${JSON.stringify(rest).slice(1)}`
}

export function wantsPretty(request: FastifyRequest): boolean {
  const pretty = queryOf(request).get('prettyPrint')
  return pretty !== null && pretty !== '' && pretty !== 'false'
}

/** Jaeger sends errors with Go's `http.Error`: the envelope as plain text, with a line feed at the end. */
export function sendLegacyError(reply: FastifyReply, status: number, msg: string): FastifyReply {
  const envelope = { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg }] }
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
