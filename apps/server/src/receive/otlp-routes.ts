import { WaybillError } from '@waybill/model'
import type { ExportResponse } from '@waybill/wire/otlp'
import { encodeExportResponse, encodeStatus, exportResponseJson, statusJson } from '@waybill/wire/otlp'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ClientGone, withBody } from './body.ts'
import { allowOrigin, answerPreflight, originCheck } from './cors.ts'
import { leaveBody } from './http-server.ts'
import { knownCodings } from './inflate.ts'
import type { ReceiverOptions } from './receiver.ts'
import { refusalReport, retryDelayMs } from './receiver.ts'
import { rpcStatusOf } from './rpc-status.ts'

export interface OtlpRoutesOptions extends Omit<ReceiverOptions, 'host' | 'port' | 'setting'> {
  /** Origins whose pages may send; see {@link originCheck}. */
  readonly corsOrigins: readonly string[]
}

type Encoding = 'protobuf' | 'json'

export const tracesPath = '/v1/traces'
/** What Waybill does not keep, but does not fail a client for either. */
const otherSignals: Readonly<Record<string, string>> = { '/v1/logs': 'logs', '/v1/metrics': 'metrics' }
const mediaTypes: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

/** Answers a request that is not taken. */
export type RefuseRequest = (request: FastifyRequest, reply: FastifyReply, error: unknown) => FastifyReply

/**
 * OTLP over HTTP (OTLP specification 1.x, "OTLP/HTTP"): POST /v1/traces with protobuf or JSON, plain, gzip,
 * deflate or zstd. Answers come in the request's encoding, errors as google.rpc.Status.
 */
export function otlpRoutes(app: FastifyInstance, options: OtlpRoutesOptions): RefuseRequest {
  const { accept, counter, maxBodyBytes, corsOrigins, log, purpose } = options
  leaveBody(app)
  const report = refusalReport(options)
  const isAllowed = originCheck(corsOrigins)
  app.addHook('onRequest', (request, reply, done) => {
    allowOrigin(request, reply, isAllowed)
    done()
  })

  const refuse = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    if (error instanceof ClientGone) {
      counter.request('aborted')
      return reply.hijack()
    }
    report(error)
    const status = rpcStatusOf(error)
    if (status.retryDelayMs !== undefined) reply.header('retry-after', String(retryDelayMs / 1000))
    if (error instanceof WaybillError && error.code === 'UNSUPPORTED_TYPE')
      reply.header('accept-encoding', knownCodings)
    reply.code(error instanceof WaybillError ? error.status : 500)
    return encodingOf(request) === 'protobuf'
      ? send(reply, 'protobuf', encodeStatus(status))
      : send(reply, 'json', statusJson(status))
  }

  app.post(tracesPath, async (request, reply) => {
    try {
      const encoding = requireEncoding(request)
      const { rejectedSpans, reason } = await withBody(request.raw, maxBodyBytes, async body => {
        counter.bytes(body.length)
        return accept(body, encoding === 'json' ? 'otlp_json' : 'otlp_proto')
      })
      counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
      return answer(reply, encoding, { rejectedSpans, errorMessage: reason })
    } catch (error) {
      return refuse(request, reply, error)
    }
  })

  const told = new Set<string>()
  for (const [path, signal] of Object.entries(otherSignals))
    app.post(path, async (request, reply) => {
      if (!told.has(signal)) log.warn(`${purpose}: a client sends ${signal}; Waybill keeps traces only`)
      told.add(signal)
      counter.request(signal)
      const errorMessage = `Waybill keeps traces only; these ${signal} are not stored`
      return answer(reply, encodingOf(request) ?? 'json', { rejectedSpans: 0, errorMessage })
    })

  for (const path of [tracesPath, ...Object.keys(otherSignals)]) {
    app.options(path, async (request, reply) => answerPreflight(request, reply))
    app.route({
      method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
      url: path,
      handler: async (request, reply) => {
        reply.header('allow', 'POST, OPTIONS')
        const message = `${path} takes POST, not ${request.method}`
        return refuse(request, reply, new WaybillError('METHOD_NOT_ALLOWED', message))
      },
    })
  }
  // What fastify refuses before a route sees it: a Content-Type that cannot be read.
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) =>
    refuse(
      request,
      reply,
      error.statusCode === 415 ? new WaybillError('UNSUPPORTED_TYPE', wrongType(request)) : error,
    ),
  )
  return refuse
}

function answer(reply: FastifyReply, encoding: Encoding, response: ExportResponse): FastifyReply {
  return encoding === 'protobuf'
    ? send(reply, encoding, encodeExportResponse(response))
    : send(reply, encoding, exportResponseJson(response))
}

function send(reply: FastifyReply, encoding: Encoding, body: Uint8Array | object): FastifyReply {
  return reply.type(mediaTypes[encoding]).send(body)
}

function encodingOf(request: FastifyRequest): Encoding | undefined {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type === mediaTypes.protobuf) return 'protobuf'
  return type === mediaTypes.json ? 'json' : undefined
}

function requireEncoding(request: FastifyRequest): Encoding {
  const encoding = encodingOf(request)
  if (encoding === undefined) throw new WaybillError('UNSUPPORTED_TYPE', wrongType(request))
  return encoding
}

function wrongType(request: FastifyRequest): string {
  const given = request.headers['content-type'] ?? 'missing'
  return `Content-Type is ${given}, not ${mediaTypes.protobuf} or ${mediaTypes.json}`
}
