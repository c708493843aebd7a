import { WaybillError } from '@waybill/model'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { listen } from '../listen.ts'
import { ClientGone, withBody } from './body.ts'
import { receivingServer } from './http-server.ts'
import type { StartReceiver } from './receiver.ts'
import { refusalReport, retryDelayMs } from './receiver.ts'

const path = '/api/traces'
const plainText = 'text/plain; charset=utf-8'
const mediaTypes: readonly (string | undefined)[] = [
  'application/x-thrift',
  'application/vnd.apache.thrift.binary',
]

/**
 * Jaeger's collector endpoint: POST /api/traces with a jaeger.Batch in thrift's binary protocol
 * (jaeger-idl, thrift/jaeger.thrift). 202 without a body on success, errors as plain text.
 */
export const startJaegerHttp: StartReceiver = async options => {
  const { accept, counter, maxBodyBytes } = options
  const app = receivingServer((reply, message) => reply.type(plainText).send(`${message}\n`))
  const report = refusalReport(options)

  const refuse = (reply: FastifyReply, error: unknown): FastifyReply => {
    if (error instanceof ClientGone) {
      counter.request('aborted')
      return reply.hijack()
    }
    report(error)
    const known = error instanceof WaybillError
    if (known && error.retry) reply.header('retry-after', String(retryDelayMs / 1000))
    return reply
      .code(known ? statusOf(error) : 500)
      .type(plainText)
      .send(`${known ? error.message : 'internal error'}\n`)
  }

  app.post(path, async (request, reply) => {
    try {
      const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
      if (!mediaTypes.includes(type)) throw wrongType(request)
      // The answer has no place to say how many were left out; the counters have it.
      const { rejectedSpans } = await withBody(request.raw, maxBodyBytes, async body => {
        counter.bytes(body.length)
        return accept(body, 'jaeger_thrift')
      })
      counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
      return reply.code(202).send()
    } catch (error) {
      return refuse(reply, error)
    }
  })
  app.setNotFoundHandler((request, reply) => {
    const asked = request.url.split('?')[0]
    if (asked !== path)
      return refuse(reply, new WaybillError('NOT_FOUND', `nothing is at ${asked}; try ${path}`))
    reply.header('allow', 'POST')
    return refuse(reply, new WaybillError('METHOD_NOT_ALLOWED', `${path} takes POST, not ${request.method}`))
  })
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) =>
    refuse(reply, error.statusCode === 415 ? wrongType(request) : error),
  )
  return listen(app, options)
}

/** Jaeger's clients know 400 for whatever is wrong with a request. */
function statusOf(error: WaybillError): number {
  return error.code === 'UNSUPPORTED_TYPE' ? 400 : error.status
}

function wrongType(request: FastifyRequest): WaybillError {
  const given = request.headers['content-type'] ?? 'missing'
  return new WaybillError('UNSUPPORTED_TYPE', `Content-Type is ${given}, not ${mediaTypes.join(' or ')}`)
}
