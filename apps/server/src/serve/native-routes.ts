import { Readable } from 'node:stream'
import { apiPaths } from '@waybill/api'
import { WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { collectTrace } from '../query/trace/trace.ts'
import { readDependencies } from './dependencies-parameters.ts'
import type { ErrorLog } from './error-reply.ts'
import { asWaybillError, errorBody, logUnforeseen } from './error-reply.ts'
import {
  readCompletion,
  readNarrowed,
  readOperations,
  readSearch,
  readTraceId,
  readTraceSearch,
} from './parameters.ts'
import { pinRoutes } from './pin-routes.ts'
import type { Queries } from './queries.ts'
import { readFlow, readRed, readWaits } from './rate-parameters.ts'
import { streamTrace } from './trace-stream.ts'

interface NativeOptions {
  readonly queries: Queries
  readonly log: ErrorLog
  /** Milliseconds since 1970; the end of ranges that end now. */
  readonly now: () => number
}

/** The native API, below `apiPaths`. Every path but those of pins is a GET; every answer, errors included, is JSON. */
export async function nativeRoutes(
  app: FastifyInstance,
  { queries, log, now }: NativeOptions,
): Promise<void> {
  app.setErrorHandler((failure, request, reply) => {
    const error = asWaybillError(failure)
    logUnforeseen(log, error, request.url)
    if (error.retry) reply.header('retry-after', '1')
    return reply.code(error.status).send(errorBody(error))
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  const answer = (
    path: string,
    handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ) => {
    app.get(path, async (request, reply) => {
      const body = await handle(request, reply)
      return reply.send(body)
    })
  }

  answer(apiPaths.status, () => queries.status())
  answer(apiPaths.services, () => queries.services())
  answer(apiPaths.operations, ({ query }) => {
    const { service, kind } = readOperations(query)
    return queries.operations(service, kind)
  })
  /** A question that can be explained instead of being answered. */
  const ask = <Request>(
    path: string,
    read: (query: unknown, now: number) => Request,
    find: (request: Request) => Promise<unknown>,
    explain: (request: Request) => Promise<unknown>,
  ) => answer(path, ({ query }) => (asksToExplain(query) ? explain : find)(read(query, now())))

  const { explain } = queries
  ask(apiPaths.traces, readTraceSearch, queries.searchTraces, explain.traces)
  ask(apiPaths.spans, readSearch, queries.searchSpans, explain.spans)
  ask(apiPaths.messages, readSearch, queries.searchMessages, explain.messages)
  ask(apiPaths.histogram, readNarrowed, queries.histogram, explain.histogram)
  ask(apiPaths.facets, readNarrowed, queries.facets, explain.facets)
  ask(apiPaths.red, readRed, queries.red, explain.red)
  ask(apiPaths.flow, readFlow, queries.flow, explain.flow)
  ask(apiPaths.waits, readWaits, queries.waits, explain.waits)
  ask(apiPaths.dependencies, readDependencies, queries.dependencies, explain.dependencies)
  answer(apiPaths.complete, ({ query }) => {
    const { text, at, range } = readCompletion(query, now())
    return queries.complete(text, at, range)
  })
  answer(`${apiPaths.traces}/:traceId`, async (request, reply) => {
    const traceId = readTraceId(parameter(request, 'traceId'))
    const reading = (await queries.trace(traceId)) ?? notFound(`nothing is stored of trace ${traceId}`)
    if (reading.isWhole) return collectTrace(reading)
    reply.type('application/json; charset=utf-8')
    if (request.method === 'HEAD') return Readable.from([])
    return streamTrace(reading, error => logUnforeseen(log, asWaybillError(error), request.url))
  })
  answer(`${apiPaths.journeys}/message/:messageId`, async request => {
    const messageId = parameter(request, 'messageId')
    return (await queries.messageJourney(messageId)) ?? notFound(`no span names message ${messageId}`)
  })
  answer(`${apiPaths.journeys}/:system/:destination/:partition/:offset`, async request => {
    const [system, destination, partition, offset] = ['system', 'destination', 'partition', 'offset'].map(
      name => parameter(request, name),
    ) as [string, string, string, string]
    const journey = await queries.journey(system, destination, partition, offset)
    return journey ?? notFound(`no span names ${destination}[${partition}]@${offset}`)
  })
  pinRoutes(app, queries.pins)
}

function asksToExplain(query: unknown): boolean {
  const value = (query as Record<string, unknown>)['explain']
  return value !== undefined && value !== 'false'
}

function parameter(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? ''
}

function notFound(message: string): never {
  throw new WaybillError('NOT_FOUND', message)
}
