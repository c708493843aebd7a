import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import type { TraceSource } from '../jaeger/adjusted-traces.ts'
import { piecesOf } from '../jaeger/adjusted-traces.ts'
import { serviceNames } from '../jaeger/legacy-routes.ts'
import { parseJaegerTraceId } from '../jaeger/trace-id.ts'
import { findV3Summaries } from '../jaeger/v3-summaries.ts'
import type { SearchRequest } from '../queries.ts'
import { encodeTraceData } from './api-v3-spans.ts'
import { answering, streaming } from './calls.ts'
import type { GrpcQueryOptions } from './options.ts'
import { readDependencies, readOperations } from './query-v2.ts'
import type { SentSearch } from './search.ts'
import { bad, readSearch } from './search.ts'
import type { SentTime } from './times.ts'
import { readTime } from './times.ts'
import { encodeEach } from './trace-pieces.ts'

interface TraceRequest {
  readonly traceId: string
  readonly rawTraces: boolean
}

interface SearchMessage {
  readonly query:
    | (SentSearch & { readonly attributes: Readonly<Record<string, string>>; readonly filter: object | null })
    | null
}

/** Summaries that one message holds. */
const summariesAtOnce = 100

/**
 * jaeger.api_v3.QueryService (Jaeger 2.20, jaegerquery/internal/apiv3/grpc_handler.go): traces as OTLP, in
 * several messages each. A trace that is not stored is an empty stream.
 */
export function queryV3(options: GrpcQueryOptions, source: TraceSource): UntypedServiceImplementation {
  const { queries, log } = options

  async function* getTrace({ traceId: text, rawTraces }: TraceRequest): AsyncGenerator<Uint8Array> {
    const traceId = parseJaegerTraceId(text)
    if (traceId === undefined) throw bad(`malform trace ID: ${JSON.stringify(text)}`)
    const reading = await queries.spansOfTrace(traceId)
    if (reading !== undefined) yield* encodeTraceData(piecesOf(source, reading, rawTraces))
  }

  async function* findTraces(message: SearchMessage): AsyncGenerator<Uint8Array> {
    const traceIds = await queries.findTraceIds(readMessage(message))
    yield* encodeEach(source, traceIds, message.query?.rawTraces === true, encodeTraceData)
  }

  async function* findSummaries(message: SearchMessage): AsyncGenerator<object> {
    const summaries = await findV3Summaries(queries, readMessage(message))
    for (let at = 0; at < summaries.length; at += summariesAtOnce)
      yield { summaries: summaries.slice(at, at + summariesAtOnce) }
  }

  const name = (method: string) => `jaeger.api_v3.QueryService/${method}`
  return {
    GetTrace: streaming(log, name('GetTrace'), getTrace),
    FindTraces: streaming(log, name('FindTraces'), findTraces),
    FindTraceSummaries: streaming(log, name('FindTraceSummaries'), findSummaries),
    GetServices: answering(log, name('GetServices'), async () => ({ services: await serviceNames(queries) })),
    GetOperations: answering(
      log,
      name('GetOperations'),
      async (request: { readonly service: string; readonly spanKind: string }) => ({
        operations: await readOperations(options, request),
      }),
    ),
    GetDependencies: answering(
      log,
      name('GetDependencies'),
      async (request: { readonly startTime: SentTime; readonly endTime: SentTime }) => {
        const missing = readTime(request.startTime) === undefined ? 'start_time' : 'end_time'
        return { dependencies: await readDependencies(options, request, `${missing} is required`) }
      },
    ),
  }
}

function readMessage({ query }: SearchMessage): SearchRequest {
  if (query === null) throw bad('missing query')
  // To leave a condition out would answer more than was asked for.
  if (query.filter !== null)
    throw bad('filter is not supported; give service_name, operation_name, attributes')
  if (readTime(query.startTimeMin) === undefined || readTime(query.startTimeMax) === undefined)
    throw bad('start time min and max are required parameters')
  return readSearch(query, query.attributes)
}
