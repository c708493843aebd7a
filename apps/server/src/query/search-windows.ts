import type { Query } from '@waybill/query-language'
import { keyTarget } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import { isPlain, needsMessage } from './compile-scope.ts'
import type { Asked } from './cost.ts'
import { estimateSpans } from './cost.ts'
import type { TimeRange } from './time-range.ts'
import { newestFirst } from './time-range.ts'

/** Parts of the range, counted from its end, at which windows begin. */
const windows = {
  /** Found at the same cost wherever it lies. */
  whole: [1],
  indexed: [1 / 16, 1],
  scanned: [1 / 512, 1 / 64, 1 / 8, 1],
} as const

/** A search that holds other rows' ids in memory goes through so many spans at once, in so many windows at most. */
const relatedSpans = 250_000
const mostWindows = 64

/** The windows that a search for the newest looks through, one after the other, until it has enough. */
export async function searchWindows(
  reader: Reader,
  asked: Asked,
  range: TimeRange,
): Promise<readonly TimeRange[]> {
  const { query } = asked
  if (isPlain(query)) {
    if (needsMessage(query)) return newestFirst(range, windows.whole)
    return newestFirst(range, isIndexed(query) ? windows.indexed : windows.scanned)
  }
  const spans = await estimateSpans(reader, asked, range)
  const count = Math.min(mostWindows, Math.max(1, Math.ceil(spans / relatedSpans)))
  return newestFirst(
    range,
    Array.from({ length: count }, (_, window) => (window + 1) / count),
  )
}

/** An attribute's value is looked up in the text index. */
function isIndexed(query: Query): boolean {
  if (query.type === 'and') return query.items.some(isIndexed)
  if (query.type !== 'compare' || query.operator !== '=' || query.value.type === 'glob') return false
  return keyTarget(query.key).type === 'attribute'
}
