import type { TraceId } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { startDeadline } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { upTo } from '../time-range.ts'
import { makeCandidates, placeOf } from './candidates.ts'
import { formatCursor, readCursor } from './cursor.ts'
import { matchesOf } from './matches.ts'
import { withOwners } from './owners.ts'
import type { FoundTrace } from './traces.ts'
import { findLongTraces } from './traces.ts'
import { searchWindows } from './windows.ts'

/** What a search is asked for: newest first, one page. */
export interface SearchRequest {
  readonly query: Query
  readonly range: TimeRange
  readonly limit: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

export interface FoundTraces {
  readonly traces: readonly FoundTrace[]
  readonly nextCursor?: string
}

/**
 * Finds the traces with a span that started within the range and for which the query holds, in the order the
 * traces started, newest first.
 *
 * Spans are looked through from the newest back. A trace starts no later than any of its spans: so once all
 * spans after a time T are seen, every trace that started after T and matches is known, and the search can stop
 * as soon as there are enough of those.
 *
 * @throws WaybillError BAD_PARAMETER for a cursor that is none, QUERY_TOO_LARGE with what to narrow.
 */
export async function findNewestTraces(reader: Reader, request: SearchRequest): Promise<FoundTraces> {
  const { range, limit } = request
  const after = request.cursor === undefined ? undefined : readCursor(request.cursor, 32)
  const rest = after === undefined ? range : upTo(range, after.startUnixNano)
  const [query, windows] = await Promise.all([
    withOwners(reader, request),
    searchWindows(reader, request, rest),
  ])
  const asked = { query, range }
  const wanted = limit + 1
  const candidates = makeCandidates(reader, asked, wanted, after)
  if (after !== undefined) candidates.addKnown(await findLongTraces(reader, asked, after, wanted))
  const checkTime = startDeadline(asked)
  search: for (const [place, window] of windows.entries()) {
    const next = matchesOf(reader, asked, window, wanted, 'first')
    for (;;) {
      checkTime()
      const { found, seenFromNano, isComplete } = await next()
      candidates.add(found)
      const isLast = isComplete && place === windows.length - 1
      if (await candidates.settle(seenFromNano, isLast)) break search
      if (isComplete) break
    }
  }
  const traces = candidates.newest()
  const page = traces.slice(0, limit)
  const last = page.at(-1)
  return traces.length > limit && last !== undefined
    ? { traces: page, nextCursor: formatCursor(placeOf(last)) }
    : { traces: page }
}

/**
 * Ids of the traces with the newest spans for which the query holds, in the order of these spans: it costs less
 * than the order in which the traces started.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function findMatchedTraces(reader: Reader, request: SearchRequest): Promise<readonly TraceId[]> {
  const { range, limit } = request
  const [query, windows] = await Promise.all([
    withOwners(reader, request),
    searchWindows(reader, request, range),
  ])
  const asked = { query, range }
  const ids = new Set<TraceId>()
  const checkTime = startDeadline(asked)
  for (const window of windows) {
    const next = matchesOf(reader, asked, window, limit, 'last')
    for (;;) {
      checkTime()
      const { found, isComplete } = await next()
      for (const { traceId } of found) {
        ids.add(traceId)
        if (ids.size === limit) return [...ids]
      }
      if (isComplete) break
    }
  }
  return [...ids]
}
