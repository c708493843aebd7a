import { Readable } from 'node:stream'
import type { OperationsResponse } from '@waybill/api'
import type { SpanKind, TraceId } from '@waybill/model'
import { spanKinds, WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asWaybillError, logUnforeseen } from '../error-reply.ts'
import { sendText, startText } from '../json-stream.ts'
import { refuseOtherSites } from '../pin-routes.ts'
import type { TraceSource } from './adjusted-traces.ts'
import { takeAnyBody } from './any-body.ts'
import { readDependencies } from './dependencies-request.ts'
import { queryOf, sendEnvelope, sendLegacyError, wantsPretty } from './envelope.ts'
import { readFlag, readWhole } from './go-values.ts'
import type { JaegerOptions } from './jaeger-options.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { readLegacySearch, storedServices } from './search-request.ts'
import { parseJaegerTraceId } from './trace-id.ts'
import { unnamedService } from './trace-model.ts'
import { legacyTracesText, legacyTraceText } from './trace-stream.ts'
import { transformRoutes } from './transform-routes.ts'

/** Characters of an answer that `prettyPrint` indents. */
const largestIndented = 16 * 2 ** 20

/**
 * Jaeger's legacy JSON API as of 2.20 (http_handler.go): services, operations, search, traces, archive,
 * dependencies, metrics, transform. Grafana's data source and Jaeger's UI ask it.
 */
export async function legacyRoutes(app: FastifyInstance, options: JaegerOptions): Promise<void> {
  const { queries, log, now } = options
  const source: TraceSource = { queries, maxSkewNano: BigInt(Math.round(options.maxClockSkew * 1e6)) }
  takeAnyBody(app)
  app.setErrorHandler((failure, request, reply) => {
    const error = asWaybillError(failure)
    logUnforeseen(log, error, request.url)
    return sendLegacyError(reply, error.status, error.message)
  })

  app.get('/api/services', async (request, reply) => {
    const names = await serviceNames(queries)
    return sendEnvelope(request, reply, names, { total: names.length })
  })

  app.get('/api/services/:service/operations', async (request, reply) => {
    const { service = '' } = request.params as { readonly service?: string }
    const operations = await operationsOf(queries, service, null)
    const names = [...new Set(operations.map(operation => operation.name))].sort()
    return sendEnvelope(request, reply, names, { total: names.length })
  })

  app.get('/api/operations', async (request, reply) => {
    const parameters = queryOf(request)
    const service = parameters.get('service') ?? ''
    if (service === '') throw new WaybillError('BAD_PARAMETER', "parameter 'service' is required")
    const found = await operationsOf(queries, service, parameters.get('spanKind'))
    const data = found.map(({ name, kind }) => ({ name, spanKind: kind === 'unspecified' ? '' : kind }))
    return sendEnvelope(request, reply, data, { total: data.length })
  })

  app.get('/api/traces', async (request, reply) => {
    const parameters = queryOf(request)
    const search = readLegacySearch(parameters, now())
    const isRaw = readFlag(parameters.get('raw'), 'raw')
    const traceIds = search.kind === 'ids' ? search.traceIds : await queries.findTraceIds(search.request)
    return sendTraces(request, reply, legacyTracesText(traceIds, search.kind === 'ids', { source, isRaw }))
  })

  app.get('/api/traces/:traceId', async (request, reply) => {
    const { traceId, isRaw } = readTraceRequest(request)
    const reading = await queries.spansOfTrace(traceId)
    if (reading === undefined) return sendLegacyError(reply, 404, 'trace not found')
    if (request.method === 'HEAD') return reply.type('application/json').send(Readable.from([]))
    return sendTraces(request, reply, legacyTraceText(reading, { source, isRaw }))
  })

  async function sendTraces(
    request: FastifyRequest,
    reply: FastifyReply,
    pieces: AsyncGenerator<string>,
  ): Promise<FastifyReply> {
    if (wantsPretty(request)) return reply.type('application/json').send(await indented(pieces))
    const started = await startText(pieces)
    const onError = (error: unknown) => logUnforeseen(log, asWaybillError(error), request.url)
    return sendText(reply.type('application/json'), started, onError)
  }

  app.post('/api/archive/:traceId', { onRequest: refuseOtherSites }, async (request, reply) => {
    const { traceId } = readTraceRequest(request)
    const pinned = await queries.pins.pin(traceId)
    if (pinned === undefined) return sendLegacyError(reply, 404, 'trace not found')
    return sendEnvelope(request, reply, [], { errors: [] })
  })

  app.get('/api/dependencies', async (request, reply) => {
    const { range, service } = readDependencies(queryOf(request), now())
    const { links } = await queries.dependencies({ range })
    const data = links
      .map(({ parent, child, callCount }) => ({
        parent: parent || unnamedService,
        child: child || unnamedService,
        callCount,
      }))
      .filter(({ parent, child }) => service === '' || parent === service || child === service)
    return sendEnvelope(request, reply, data)
  })

  metricsRoutes(app, options)
  transformRoutes(app, log)
}

/** The names of all services, as clients of Jaeger know them. */
export async function serviceNames(queries: JaegerOptions['queries']): Promise<readonly string[]> {
  const { services } = await queries.services()
  return [...new Set(services.map(service => service.name || unnamedService))].sort()
}

/** Operations of a service. Jaeger knows kinds in lower case; of a kind that it does not know there are none. */
export async function operationsOf(
  queries: JaegerOptions['queries'],
  service: string,
  kindText: string | null,
): Promise<OperationsResponse['operations']> {
  const kind: SpanKind | undefined = kindText
    ? spanKinds.find(name => name === kindText.toLowerCase())
    : undefined
  if (kindText && kind === undefined) return []
  const found = await Promise.all(storedServices(service).map(stored => queries.operations(stored, kind)))
  const [first, ...others] = found.map(({ operations }) => operations)
  if (first === undefined || others.every(operations => operations.length === 0)) return first ?? []
  const distinct = new Map([first, ...others].flat().map(one => [`${one.kind} ${one.name}`, one]))
  return [...distinct.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** Reads what asks for one trace. `start` and `end` are hints for stores that need them, so they are checked only. */
function readTraceRequest(request: FastifyRequest): { readonly traceId: TraceId; readonly isRaw: boolean } {
  const { traceId: text = '' } = request.params as { readonly traceId?: string }
  const traceId = parseJaegerTraceId(text)
  if (traceId === undefined)
    throw new WaybillError(
      'BAD_PARAMETER',
      `cannot parse trace id ${JSON.stringify(text)}: expecting 1 to 32 hex digits`,
    )
  const parameters = queryOf(request)
  for (const name of ['start', 'end']) readWhole(parameters.get(name), name, 1000n)
  return { traceId, isRaw: readFlag(parameters.get('raw'), 'raw') }
}

/** @throws WaybillError QUERY_TOO_LARGE for what is too large to be held, and so to be indented. */
async function indented(pieces: AsyncGenerator<string>): Promise<string> {
  const { text, rest } = await startText(pieces, largestIndented)
  if (rest === undefined) return JSON.stringify(JSON.parse(text), undefined, 4)
  await rest.return(undefined)
  throw new WaybillError(
    'QUERY_TOO_LARGE',
    `more than ${largestIndented} characters are not indented: leave out prettyPrint`,
  )
}
