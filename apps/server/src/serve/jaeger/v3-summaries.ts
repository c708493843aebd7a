import type { TraceSummary } from '@waybill/api'
import { addNano } from '@waybill/model'
import type { Queries, SearchRequest } from '../queries.ts'
import { unnamedService } from './trace-model.ts'

/** TraceSummary of api_v3 in proto3 JSON: zeros left out (jaeger-idl, api_v3/query_service.proto). */
export interface V3Summary {
  readonly traceId: string
  readonly rootServiceName?: string
  readonly rootOperationName?: string
  readonly minStartTimeUnixNano?: string
  readonly maxEndTimeUnixNano?: string
  readonly spanCount?: number
  readonly errorSpanCount?: number
  /** Spans whose parent is not stored. */
  readonly orphanSpanCount?: number
  readonly services: readonly {
    readonly name: string
    readonly spanCount?: number
    readonly errorSpanCount?: number
  }[]
}

/** What was found, summed up, newest first. No span is read whole. */
export async function findV3Summaries(
  queries: Pick<Queries, 'searchTraces'>,
  request: SearchRequest,
): Promise<readonly V3Summary[]> {
  const { traces } = await queries.searchTraces(request)
  return traces.map(v3Summary)
}

/** A summary as api_v3 has it. */
export function v3Summary(trace: TraceSummary): V3Summary {
  const { traceId, startUnixNano, durationNano, spanCount, errorCount } = trace
  const services = trace.services.map(service => ({
    name: service.name || unnamedService,
    ...counted({ spanCount: service.spanCount, errorSpanCount: service.errorCount }),
  }))
  return {
    traceId,
    ...(trace.rootMissing
      ? {}
      : {
          rootServiceName: trace.rootService || unnamedService,
          ...(trace.rootName === '' ? {} : { rootOperationName: trace.rootName }),
        }),
    minStartTimeUnixNano: startUnixNano,
    maxEndTimeUnixNano: addNano(startUnixNano, durationNano),
    ...counted({ spanCount, errorSpanCount: errorCount, orphanSpanCount: trace.orphanCount ?? 0 }),
    services: services.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  }
}

function counted<Names extends string>(
  counts: Readonly<Record<Names, number>>,
): Partial<Record<Names, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<
    Record<Names, number>
  >
}
