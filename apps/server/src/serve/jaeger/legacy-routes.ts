import { Readable } from 'node:stream'
import type { SpanKind, TraceId } from '@waybill/model'
import { spanKinds, WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { collectSpans } from '../../query/trace/span-reads.ts'
import type { ErrorLog } from '../error-reply.ts'
import { asWaybillError, logUnforeseen } from '../error-reply.ts'
import type { Queries } from '../queries.ts'
import type { LegacyError } from './envelope.ts'
import { queryOf, sendEnvelope, sendEnvelopeText, sendLegacyError, wantsPretty } from './envelope.ts'
import { readLegacySearch, storedService } from './search-request.ts'
import { jaegerTraceId, parseJaegerTraceId } from './trace-id.ts'
import { legacyTrace, unnamedService } from './trace-model.ts'
import { streamLegacyTrace } from './trace-stream.ts'

interface LegacyOptions {
  readonly queries: Pick<
    Queries,
    'services' | 'operations' | 'findTraceIds' | 'spansOfTrace' | 'spansOfTraces'
  >
  readonly log: ErrorLog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Traces read from the store at a time while one answer is put together; of the rest only the text is held. */
const tracesAtATime = 100

/**
 * Jaeger's legacy JSON API as of 2.20: `/api/services`, `/api/services/{service}/operations`,
 * `/api/operations`, `/api/traces` and `/api/traces/{id}`. Grafana's data source and older Jaeger UIs ask it.
 */
export async function legacyRoutes(
  app: FastifyInstance,
  { queries, log, now }: LegacyOptions,
): Promise<void> {
  app.setErrorHandler((failure, request, reply) => {
    const error = asWaybillError(failure)
    logUnforeseen(log, error, request.url)
    return sendLegacyError(reply, error.status, error.message)
  })

  app.get('/api/services', async (request, reply) => {
    const { services } = await queries.services()
    const names = services.map(service => service.name || unnamedService).sort()
    return sendEnvelope(request, reply, names, { total: names.length })
  })

  app.get('/api/services/:service/operations', async (request, reply) => {
    const { service = '' } = request.params as { readonly service?: string }
    const { operations } = await queries.operations(storedService(service))
    const names = [...new Set(operations.map(operation => operation.name))].sort()
    return sendEnvelope(request, reply, names, { total: names.length })
  })

  app.get('/api/operations', async (request, reply) => {
    const parameters = queryOf(request)
    const service = parameters.get('service') ?? ''
    if (service === '') throw new WaybillError('BAD_PARAMETER', "parameter 'service' is required")
    const { operations } = await queries.operations(
      storedService(service),
      readKind(parameters.get('spanKind')),
    )
    const data = operations.map(({ name, kind }) => ({ name, spanKind: kind === 'unspecified' ? '' : kind }))
    return sendEnvelope(request, reply, data, { total: data.length })
  })

  app.get('/api/traces', async (request, reply) => {
    const search = readLegacySearch(queryOf(request), now())
    const traceIds = search.kind === 'ids' ? search.traceIds : await queries.findTraceIds(search.request)
    const { texts, missing } = await readTraces(traceIds, queries.spansOfTraces)
    const errors: readonly LegacyError[] =
      search.kind === 'ids' ? missing.map(id => ({ msg: 'trace not found', traceID: jaegerTraceId(id) })) : []
    return sendEnvelopeText(request, reply, `[${texts.join(',')}]`, { errors })
  })

  app.get('/api/traces/:traceId', async (request, reply) => {
    const traceId = readTraceId(request)
    const reading = await queries.spansOfTrace(traceId)
    if (reading === undefined) return sendLegacyError(reply, 404, 'trace not found')
    if (reading.isWhole || wantsPretty(request))
      return sendEnvelope(request, reply, [legacyTrace(await collectSpans(traceId, reading.pieces))])
    reply.type('application/json')
    if (request.method === 'HEAD') return reply.send(Readable.from([]))
    const stream = streamLegacyTrace(reading, error => logUnforeseen(log, asWaybillError(error), request.url))
    return reply.send(stream)
  })
}

function readTraceId(request: FastifyRequest): TraceId {
  const { traceId: text = '' } = request.params as { readonly traceId?: string }
  const traceId = parseJaegerTraceId(text)
  if (traceId === undefined)
    throw new WaybillError(
      'BAD_PARAMETER',
      `cannot parse trace id ${JSON.stringify(text)}: expecting 1 to 32 hex digits`,
    )
  return traceId
}

/** Jaeger knows kinds in lower case; a kind it does not know finds nothing, so it is refused here. */
function readKind(text: string | null): SpanKind | undefined {
  if (text === null || text === '') return undefined
  const kind = spanKinds.find(name => name === text.toLowerCase())
  if (kind === undefined)
    throw new WaybillError(
      'BAD_PARAMETER',
      `unable to parse param 'spanKind': unsupported span kind: '${text}'`,
    )
  return kind
}

/** Traces as JSON in Jaeger's form, in the order of their ids. */
async function readTraces(
  traceIds: readonly TraceId[],
  read: Queries['spansOfTraces'],
): Promise<{ readonly texts: readonly string[]; readonly missing: readonly TraceId[] }> {
  const texts: string[] = []
  const missing: TraceId[] = []
  for (let at = 0; at < traceIds.length; at += tracesAtATime) {
    const some = traceIds.slice(at, at + tracesAtATime)
    const traces = await read(some)
    for (const traceId of some) {
      const trace = traces.get(traceId)
      if (trace === undefined) missing.push(traceId)
      else texts.push(JSON.stringify(legacyTrace(trace)))
    }
  }
  return { texts, missing }
}
