import { Readable } from 'node:stream'
import type { TraceId } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { readEachTrace } from '../each-trace.ts'
import type { ErrorLog } from '../error-reply.ts'
import { asWaybillError, logUnforeseen } from '../error-reply.ts'
import { sendText, startText, textStream } from '../json-stream.ts'
import type { Queries } from '../queries.ts'
import { bad, parametersOf, required } from './parameters.ts'
import { readZipkinRange, readZipkinSearch } from './search-request.ts'
import { parseZipkinTraceId, zipkinTraceId } from './trace-id.ts'
import { tracesTexts, traceTexts } from './trace-text.ts'

export interface ZipkinApiOptions {
  readonly queries: Pick<
    Queries,
    | 'attributeKeys'
    | 'attributeValues'
    | 'dependencies'
    | 'findTraceIds'
    | 'operations'
    | 'peers'
    | 'services'
    | 'spansOfTrace'
    | 'spansOfTraces'
  >
  readonly log: ErrorLog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Attributes of every service, and what is an endpoint or a flag in Zipkin's model: no tags. */
const noTag =
  /^(?:service\.name|service\.peer\.name|network\.(?:local|peer)\.(?:address|port)|zipkin\..*|otel\.zipkin\..*)$/

/**
 * Zipkin's query API v2, all of it (zipkin-api, zipkin2-api.yaml; Zipkin 3.5, ZipkinQueryApiV2): below `/api/v2`
 * services, spans, remoteServices, traces, trace/{id}, traceMany, dependencies, autocompleteKeys, autocompleteValues.
 */
export async function zipkinApi(
  app: FastifyInstance,
  { queries, log, now }: ZipkinApiOptions,
): Promise<void> {
  app.get('/services', async () => {
    const { services } = await queries.services()
    return services.map(service => service.name).filter(isNamed)
  })

  app.get('/spans', async request => {
    const lists = await ofService(required(parametersOf(request), 'serviceName'), async service => {
      const { operations } = await queries.operations(service)
      return operations.map(operation => operation.name).filter(isNamed)
    })
    return sortedNames(lists)
  })

  app.get('/remoteServices', async request =>
    sortedNames(await ofService(required(parametersOf(request), 'serviceName'), queries.peers)),
  )

  app.get('/autocompleteKeys', async () => (await queries.attributeKeys()).filter(key => !noTag.test(key)))

  app.get('/autocompleteValues', async request => {
    const key = required(parametersOf(request), 'key')
    if (key === '') throw bad('key was empty')
    return queries.attributeValues(key)
  })

  app.get('/dependencies', async request => {
    const parameters = parametersOf(request)
    if (required(parameters, 'endTs') === '') throw bad('endTs is empty')
    const range = readZipkinRange(parameters, now())
    const { links } = await queries.dependencies({ range, between: 'peers' })
    return links.map(({ parent, child, callCount, errorCount }) => ({
      parent,
      child,
      callCount,
      ...(errorCount === 0 ? {} : { errorCount }),
    }))
  })

  app.get('/traces', async (request, reply) => {
    const traceIds = await queries.findTraceIds(readZipkinSearch(parametersOf(request), now()))
    return sendTraces(reply, traceIds)
  })

  app.get('/traceMany', async (request, reply) => {
    const traceIds = readTraceIds(required(parametersOf(request), 'traceIds'))
    return sendTraces(reply, traceIds)
  })

  app.get('/trace/:traceId', async (request, reply) => {
    const { traceId: text = '' } = request.params as { readonly traceId?: string }
    if (text === '') throw new WaybillError('NOT_FOUND', '404 Not Found')
    const traceId = parseZipkinTraceId(text)
    const reading = await queries.spansOfTrace(traceId)
    if (reading === undefined) throw new WaybillError('NOT_FOUND', `${zipkinTraceId(traceId)} not found`)
    reply.type('application/json')
    if (request.method === 'HEAD') return reply.send(Readable.from([]))
    return reply.send(textStream(traceTexts(reading), failed(reply)))
  })

  async function sendTraces(reply: FastifyReply, traceIds: readonly TraceId[]): Promise<FastifyReply> {
    const started = await startText(tracesTexts(readEachTrace(queries, traceIds)))
    return sendText(reply.type('application/json'), started, failed(reply))
  }

  function failed({ request }: FastifyReply): (error: unknown) => void {
    return error => logUnforeseen(log, asWaybillError(error), request.url)
  }
}

function isNamed(name: string): boolean {
  return name !== ''
}

/** Zipkin asks for services in small letters; those of other clients have their names as they were given. */
async function ofService(
  service: string,
  read: (service: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const names = [...new Set([service, service.toLowerCase()])].filter(isNamed)
  return (await Promise.all(names.map(read))).flat()
}

function sortedNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

/** Two ids and more, with commas between them. */
function readTraceIds(text: string): readonly TraceId[] {
  if (text === '') throw bad('traceIds parameter is empty')
  const ids = new Set<TraceId>()
  for (const part of text.split(',')) {
    const traceId = parseZipkinTraceId(part)
    if (ids.has(traceId)) throw bad(`redundant traceId: ${part}`)
    ids.add(traceId)
  }
  if (ids.size === 1) throw bad('Use /api/v2/trace/{traceId} endpoint to retrieve a single trace')
  return [...ids]
}
