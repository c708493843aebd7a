import { WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SpanFormat } from '../accept/formats.ts'
import { ClientGone, withBody } from './body.ts'
import { allowOrigin, answerPreflight, originCheck } from './cors.ts'
import type { ReceiverOptions } from './receiver.ts'
import { refusalReport, retryDelayMs } from './receiver.ts'

export interface ZipkinHttpOptions
  extends Pick<ReceiverOptions, 'accept' | 'counter' | 'log' | 'purpose' | 'maxBodyBytes'> {
  /** Origins whose pages may send; see {@link originCheck}. */
  readonly corsOrigins: readonly string[]
}

/**
 * Zipkin's collector: POST /api/v2/spans with a list of v2 spans as JSON or protobuf, /api/v1/spans with v1 spans
 * as JSON or thrift. Senders write all kinds of prefixes before these, so every path is taken, for v2 unless it
 * has `api/v1/spans` in it. 202 without a body on success, also for nothing; errors as plain text.
 *
 * Made to be registered with the server of the port, beside what answers questions there.
 */
export async function zipkinReceiver(app: FastifyInstance, options: ZipkinHttpOptions): Promise<void> {
  const { accept, counter, maxBodyBytes, corsOrigins } = options
  const report = refusalReport(options)
  const isAllowed = originCheck(corsOrigins)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

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
      .type('text/plain; charset=utf-8')
      .send(`${known ? error.message : 'internal error'}\n`)
  }

  app.post('*', async (request, reply) => {
    allowOrigin(request, reply, isAllowed)
    try {
      const format = formatOf(request)
      // The answer has no place to say how many were left out; the counters have it.
      const { rejectedSpans } = await withBody(request.raw, maxBodyBytes, async body => {
        counter.bytes(body.length)
        return accept(body, body.length === 0 ? 'otlp_proto' : format)
      })
      counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
      return reply.code(202).send()
    } catch (error) {
      return refuse(reply, error)
    }
  })
  app.options('*', (request, reply) => {
    allowOrigin(request, reply, isAllowed)
    return answerPreflight(request, reply)
  })
  // What fastify refuses before a route sees it: a Content-Type that cannot be read
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) =>
    refuse(reply, error.statusCode === 415 ? unreadableType(request) : error),
  )
}

/** As Zipkin's server does, what is neither thrift nor protobuf is taken for JSON. */
function formatOf(request: FastifyRequest): SpanFormat {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  const isThrift = type === 'application/x-thrift'
  const isProtobuf = type === 'application/x-protobuf'
  const isV1 = request.url.includes('api/v1/spans')
  if (isV1 ? isProtobuf : isThrift)
    throw new WaybillError(
      'UNSUPPORTED_TYPE',
      isV1
        ? `${type} holds v2 spans, which go to /api/v2/spans`
        : `${type} holds v1 spans, which go to /api/v1/spans`,
    )
  if (isV1) return isThrift ? 'zipkin_thrift' : 'zipkin_json_v1'
  return isProtobuf ? 'zipkin_proto' : 'zipkin_json'
}

/** Zipkin's clients know 400 for whatever is wrong with a request. */
function statusOf(error: WaybillError): number {
  return error.code === 'UNSUPPORTED_TYPE' ? 400 : error.status
}

function unreadableType(request: FastifyRequest): WaybillError {
  const message = `Content-Type is ${request.headers['content-type']}, which is no media type`
  return new WaybillError('UNSUPPORTED_TYPE', message)
}
