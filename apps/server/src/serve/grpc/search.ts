import { WaybillError } from '@waybill/model'
import { withinStore } from '../jaeger/go-values.ts'
import { checkLimit, jaegerQuery } from '../jaeger/search-request.ts'
import type { SearchRequest } from '../queries.ts'
import type { SentTime } from './times.ts'
import { readTime } from './times.ts'

/** What the TraceQueryParameters of both APIs have in common. */
export interface SentSearch {
  readonly serviceName: string
  readonly operationName: string
  readonly startTimeMin: SentTime
  readonly startTimeMax: SentTime
  readonly durationMin: SentTime
  readonly durationMax: SentTime
  /** 0 where it was not sent. */
  readonly searchDepth: number
  readonly rawTraces: boolean
}

const defaultDepth = 100

/**
 * Reads a search of either API into the one query tree. Times that are not set do not narrow it.
 *
 * @throws WaybillError BAD_PARAMETER for what contradicts itself.
 */
export function readSearch(sent: SentSearch, tags: Readonly<Record<string, string>>): SearchRequest {
  const startNano = readTime(sent.startTimeMin)
  const endNano = readTime(sent.startTimeMax)
  if (startNano !== undefined && endNano !== undefined && startNano > endNano)
    throw bad('start_time_min must be before start_time_max')
  const minNano = readBound(sent.durationMin, 'duration_min')
  const maxNano = readBound(sent.durationMax, 'duration_max')
  if (minNano !== undefined && maxNano !== undefined && maxNano < minNano)
    throw bad('duration_max must not be less than duration_min')
  if (sent.searchDepth < 0) throw bad('search_depth must be greater than 0')
  const query = jaegerQuery({
    service: sent.serviceName,
    operation: sent.operationName,
    tags: new Map(Object.entries(tags)),
    minNano,
    maxNano,
  })
  const range = {
    startUnixNano: withinStore(startNano ?? 0n),
    endUnixNano: withinStore(endNano ?? 2n ** 63n),
  }
  return { query, range, limit: checkLimit(sent.searchDepth === 0 ? defaultDepth : sent.searchDepth) }
}

/** A length of time in nanoseconds; 0 sets no bound. */
function readBound(time: SentTime, name: string): number | undefined {
  const nano = readTime(time) ?? 0n
  if (nano < 0n) throw bad(`${name} must not be negative`)
  return nano === 0n ? undefined : Number(withinStore(nano))
}

export function bad(message: string): WaybillError {
  return new WaybillError('BAD_PARAMETER', message)
}
