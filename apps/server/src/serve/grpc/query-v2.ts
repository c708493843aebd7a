import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import type { TraceId } from '@waybill/model'
import { parseTraceId, WaybillError } from '@waybill/model'
import type { TraceSource } from '../jaeger/adjusted-traces.ts'
import { piecesOf } from '../jaeger/adjusted-traces.ts'
import { withinStore } from '../jaeger/go-values.ts'
import { operationsOf, serviceNames } from '../jaeger/legacy-routes.ts'
import { unnamedService } from '../jaeger/trace-model.ts'
import { encodeChunks } from './api-v2-spans.ts'
import { answering, streaming } from './calls.ts'
import type { GrpcQueryOptions } from './options.ts'
import type { SentSearch } from './search.ts'
import { bad, readSearch } from './search.ts'
import type { SentTime } from './times.ts'
import { readTime } from './times.ts'
import { encodeEach } from './trace-pieces.ts'

interface TraceRequest {
  readonly traceId: Buffer
  readonly rawTraces: boolean
}

interface SearchMessage {
  readonly query: (SentSearch & { readonly tags: Readonly<Record<string, string>> }) | null
}

/**
 * jaeger.api_v2.QueryService (Jaeger 2.20, jaegerquery/internal/grpc_handler.go): traces in Jaeger's own model,
 * in several messages each. Archived traces are those that Waybill keeps for ever.
 */
export function queryV2(options: GrpcQueryOptions, source: TraceSource): UntypedServiceImplementation {
  const { queries, log } = options

  async function* getTrace({ traceId, rawTraces }: TraceRequest): AsyncGenerator<Uint8Array> {
    const reading = await queries.spansOfTrace(readId(traceId))
    if (reading === undefined) throw notFound()
    yield* encodeChunks(piecesOf(source, reading, rawTraces))
  }

  async function* findTraces({ query }: SearchMessage): AsyncGenerator<Uint8Array> {
    if (query === null) throw bad('missing query')
    const traceIds = await queries.findTraceIds(readSearch(query, query.tags))
    yield* encodeEach(source, traceIds, query.rawTraces, encodeChunks)
  }

  const name = (method: string) => `jaeger.api_v2.QueryService/${method}`
  return {
    GetTrace: streaming(log, name('GetTrace'), getTrace),
    FindTraces: streaming(log, name('FindTraces'), findTraces),
    ArchiveTrace: answering(log, name('ArchiveTrace'), async ({ traceId }: TraceRequest) => {
      if ((await queries.pins.pin(readId(traceId))) === undefined) throw notFound()
      return {}
    }),
    GetServices: answering(log, name('GetServices'), async () => ({ services: await serviceNames(queries) })),
    GetOperations: answering(
      log,
      name('GetOperations'),
      async (request: { readonly service: string; readonly spanKind: string }) => {
        const operations = await readOperations(options, request)
        return { operations, operationNames: [...new Set(operations.map(operation => operation.name))] }
      },
    ),
    GetDependencies: answering(
      log,
      name('GetDependencies'),
      async (request: { readonly startTime: SentTime; readonly endTime: SentTime }) => ({
        dependencies: await readDependencies(options, request, 'StartTime and EndTime must be initialized.'),
      }),
    ),
  }
}

/** Operations in the form of both APIs. */
export async function readOperations(
  { queries }: GrpcQueryOptions,
  { service, spanKind }: { readonly service: string; readonly spanKind: string },
): Promise<readonly { readonly name: string; readonly spanKind: string }[]> {
  const found = await operationsOf(queries, service, spanKind)
  return found.map(({ name, kind }) => ({ name, spanKind: kind === 'unspecified' ? '' : kind }))
}

/** Links between services in the form of both APIs. */
export async function readDependencies(
  { queries }: GrpcQueryOptions,
  request: { readonly startTime: SentTime; readonly endTime: SentTime },
  missing: string,
): Promise<readonly { readonly parent: string; readonly child: string; readonly callCount: number }[]> {
  const startNano = readTime(request.startTime)
  const endNano = readTime(request.endTime)
  if (startNano === undefined || endNano === undefined) throw bad(missing)
  if (endNano <= startNano) throw bad('end_time must be after start_time')
  const range = { startUnixNano: withinStore(startNano), endUnixNano: withinStore(endNano) }
  const { links } = await queries.dependencies({ range })
  return links.map(({ parent, child, callCount }) => ({
    parent: parent || unnamedService,
    child: child || unnamedService,
    callCount,
  }))
}

/** Ids are 16 bytes; 8 are the lower half of one, as Jaeger's own clients may send them. */
function readId(bytes: Buffer): TraceId {
  if (bytes.every(byte => byte === 0)) throw bad('uninitialized TraceID is not allowed')
  const traceId = bytes.length === 16 || bytes.length === 8 ? parseTraceId(bytes.toString('hex')) : undefined
  if (traceId === undefined) throw bad(`a trace id has 16 bytes, not ${bytes.length}`)
  return traceId
}

function notFound(): WaybillError {
  return new WaybillError('NOT_FOUND', 'trace not found')
}
