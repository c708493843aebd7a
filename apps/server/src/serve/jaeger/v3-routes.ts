import { Readable } from 'node:stream'
import { WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readEachTrace } from '../each-trace.ts'
import { asWaybillError, logUnforeseen } from '../error-reply.ts'
import { sendText, startText } from '../json-stream.ts'
import type { TraceSource } from './adjusted-traces.ts'
import { takeAnyBody } from './any-body.ts'
import { queryOf } from './envelope.ts'
import type { JaegerOptions } from './jaeger-options.ts'
import { operationsOf, serviceNames } from './legacy-routes.ts'
import { parseJaegerTraceId } from './trace-id.ts'
import { unnamedService } from './trace-model.ts'
import { otlpText } from './trace-stream.ts'
import { parametersOfBody } from './v3-body.ts'
import { named, readV3Flag, readV3Instant, readV3Range, readV3Search } from './v3-request.ts'
import { findV3Summaries } from './v3-summaries.ts'

/** A FindTracesRequest is small. */
const bodyLimit = 2 ** 20

/**
 * Jaeger's api_v3 over HTTP (2.20, apiv3/http_gateway.go), with what its IDL declares beside: the POST forms of
 * the searches, and `dependencies`. Jaeger's UI from 2.15 on asks it. Traces are OTLP/JSON.
 */
export async function v3Routes(app: FastifyInstance, options: JaegerOptions): Promise<void> {
  const { queries, log } = options
  const source: TraceSource = { queries, maxSkewNano: BigInt(Math.round(options.maxClockSkew * 1e6)) }
  takeAnyBody(app)
  app.setErrorHandler((failure, request, reply) => {
    const error = asWaybillError(failure)
    logUnforeseen(log, error, request.url)
    return sendV3Error(reply, error.status, error.message)
  })

  app.get('/api/v3/services', async (_request, reply) =>
    sendJson(reply, { services: await serviceNames(queries) }),
  )

  app.get('/api/v3/operations', async (request, reply) => {
    const parameters = queryOf(request)
    const service = parameters.get('service') ?? ''
    if (service === '') return sendJson(reply, { operations: [] })
    const kind = named(parameters, 'spanKind', 'span_kind').text
    return sendJson(reply, { operations: v3Operations(await operationsOf(queries, service, kind)) })
  })

  app.get('/api/v3/traces/:traceId', async (request, reply) => {
    const { traceId: text = '' } = request.params as { readonly traceId?: string }
    const traceId = parseJaegerTraceId(text)
    if (traceId === undefined)
      throw new WaybillError(
        'BAD_PARAMETER',
        `malformed parameter trace_id: ${JSON.stringify(text)} is not 1 to 32 hex digits`,
      )
    const parameters = queryOf(request)
    // Hints for stores that need them: they are checked, and not needed.
    for (const hint of [
      named(parameters, 'startTime', 'start_time'),
      named(parameters, 'endTime', 'end_time'),
    ])
      if (hint.text !== '') readV3Instant(hint)
    const isRaw = readV3Flag(named(parameters, 'rawTraces', 'raw_traces'))
    const reading = await queries.spansOfTrace(traceId)
    if (reading === undefined) return sendV3Error(reply, 404, 'No traces found')
    if (request.method === 'HEAD') return reply.type('application/json').send(Readable.from([]))
    return sendTraces(reply, otlpText([reading], { source, isRaw }))
  })

  const find = async (parameters: URLSearchParams, reply: FastifyReply) => {
    const { request, isRaw } = readV3Search(parameters)
    const readings = readEachTrace(queries, await queries.findTraceIds(request))
    return sendTraces(reply, otlpText(readings, { source, isRaw }))
  }
  const sendTraces = async (reply: FastifyReply, pieces: AsyncGenerator<string>) => {
    const started = await startText(pieces)
    if (started.text === '') return sendV3Error(reply, 404, 'No traces found')
    const onError = (error: unknown) => logUnforeseen(log, asWaybillError(error), reply.request.url)
    return sendText(reply.type('application/json'), started, onError)
  }
  const findSummaries = async (parameters: URLSearchParams, reply: FastifyReply) =>
    sendJson(reply, { summaries: await findV3Summaries(queries, readV3Search(parameters).request) })
  for (const [path, answer] of [
    ['/api/v3/traces', find],
    ['/api/v3/trace-summaries', findSummaries],
  ] as const) {
    app.get(path, (request: FastifyRequest, reply) => answer(queryOf(request), reply))
    app.post(path, { bodyLimit }, (request, reply) => answer(parametersOfBody(request.body), reply))
  }

  app.get('/api/v3/dependencies', async (request, reply) => {
    const parameters = queryOf(request)
    const range = readV3Range(
      named(parameters, 'startTime', 'start_time'),
      named(parameters, 'endTime', 'end_time'),
    )
    const { links } = await queries.dependencies({ range })
    const dependencies = links.map(({ parent, child, callCount }) => ({
      parent: parent || unnamedService,
      child: child || unnamedService,
      callCount: String(callCount),
    }))
    return sendJson(reply, { dependencies })
  })
}

/** A kind that is not said counts as internal here, as Jaeger has it; each pair stands once. */
function v3Operations(
  operations: Awaited<ReturnType<typeof operationsOf>>,
): readonly { readonly name: string; readonly spanKind: string }[] {
  const pairs = operations.map(({ name, kind }) => ({
    name,
    spanKind: kind === 'unspecified' ? 'internal' : kind,
  }))
  return [...new Map(pairs.map(pair => [`${pair.spanKind} ${pair.name}`, pair])).values()]
}

/** `application/json` with no charset, as Jaeger writes it. */
function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.type('application/json').send(JSON.stringify(body))
}

/** GRPCGatewayError, sent with Go's `http.Error`: JSON as plain text with a line feed at the end. */
function sendV3Error(reply: FastifyReply, httpCode: number, message: string): FastifyReply {
  return reply
    .code(httpCode)
    .type('text/plain; charset=utf-8')
    .send(`${JSON.stringify({ error: { httpCode, message } })}\n`)
}
