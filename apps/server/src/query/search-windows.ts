import type { Query } from '@waybill/query-language'
import { keyTarget } from '@waybill/query-language'
import { isPlain, needsMessage } from './compile-scope.ts'
import type { TimeRange } from './time-range.ts'
import { newestFirst } from './time-range.ts'

/** Parts of the range, counted from its end, at which windows begin. */
const windows = {
  /** Found at the same cost wherever it lies. */
  whole: [1],
  indexed: [1 / 16, 1],
  scanned: [1 / 512, 1 / 64, 1 / 8, 1],
  /** What selects other rows holds their ids in memory: no window is large. */
  related: [1 / 64, 1 / 16, ...Array.from({ length: 8 }, (_, eighth) => (eighth + 1) / 8)],
} as const

/** The windows that a search for the newest looks through, one after the other, until it has enough. */
export function searchWindows(query: Query, range: TimeRange): readonly TimeRange[] {
  if (!isPlain(query)) return newestFirst(range, windows.related)
  if (needsMessage(query)) return newestFirst(range, windows.whole)
  return newestFirst(range, isIndexed(query) ? windows.indexed : windows.scanned)
}

/** An attribute's value is looked up in the text index. */
function isIndexed(query: Query): boolean {
  if (query.type === 'and') return query.items.some(isIndexed)
  if (query.type !== 'compare' || query.operator !== '=' || query.value.type === 'glob') return false
  return keyTarget(query.key).type === 'attribute'
}
