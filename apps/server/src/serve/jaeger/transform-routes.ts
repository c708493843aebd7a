import { WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorLog } from '../error-reply.ts'
import { asWaybillError, logUnforeseen } from '../error-reply.ts'
import { sendLegacyError, wantsPretty } from './envelope.ts'
import { transform } from './transform.ts'
import type { TransformOrder } from './transform-process.ts'
import { transformApart } from './transform-process.ts'

/** A file of traces that someone looks at is larger than a request of an exporter. */
export const largestTransform = 32 * 2 ** 20
/** So much takes some ten milliseconds; what is larger gets a process of its own. */
export const largestAtOnce = 128 * 2 ** 10

/**
 * `POST /api/transform`: OTLP/JSON in, the same traces in Jaeger's legacy form out, nothing stored. Jaeger's UI
 * shows files of OTLP by it. Large bodies are dealt with one after the other, for the memory that each takes.
 */
export function transformRoutes(app: FastifyInstance, log: ErrorLog): void {
  const closing = new AbortController()
  app.addHook('preClose', async () =>
    closing.abort(new WaybillError('SHUTTING_DOWN', 'the server is stopping')),
  )
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (order: TransformOrder, signal: AbortSignal): Promise<Buffer> => {
    const turn = last.then(() => transformApart(order, signal))
    last = turn.catch(() => {})
    return turn
  }

  app.post('/api/transform', { bodyLimit: largestTransform, errorHandler }, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const isPretty = wantsPretty(request)
    reply.type('application/json')
    if (body.length <= largestAtOnce) return reply.send(transform(body, isPretty))
    const text = await inTurn({ body, isPretty }, AbortSignal.any([goneSignal(reply), closing.signal]))
    return reply.send(text)
  })

  function errorHandler(failure: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const error = asWaybillError(failure)
    if (!reply.raw.destroyed) logUnforeseen(log, error, request.url)
    const isTooLong = error.code === 'BODY_TOO_LARGE' && error !== failure
    const message = isTooLong ? `the body is larger than ${largestTransform} bytes` : error.message
    return sendLegacyError(reply, error.status, message)
  }
}

/** Aborted when there is nobody left to answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  if (reply.raw.destroyed) gone.abort()
  else reply.raw.once('close', () => gone.abort())
  return gone.signal
}
