import type { Reader } from '../../store/engine.ts'
import { isIndexed, isPlain, needsMessage, placeOf } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import { estimateSpans } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { lengthNano, newestFirst } from '../time-range.ts'
import { isReadInOrder } from './matches.ts'
import { isScreened } from './screened.ts'

/**
 * Spans of the newest window, each window before it having eight times as many: where an index tells where values
 * are, looking costs little.
 */
const newestSpans = { indexed: 500_000, scanned: 50_000 } as const
const growth = 8

/**
 * A search that holds ids of other rows in memory goes through so many spans at once, in so many windows at most.
 * `messages` is not sorted by time: there each window reads whole days, and windows are larger.
 */
const related = { spans: 250_000, windows: 64 } as const
const relatedMessages = { spans: 1_500_000, windows: 16 } as const
/**
 * The newest stretch of a range in which one service's spans are read first, and the shortest: of the table's parts,
 * which hold the spans of a while each, those before it are not opened.
 */
const newestOfService = { share: 1 / 64, leastNano: 300_000_000_000 } as const
/** A search that looks at all that matches, and holds its traces' ids in memory. */
const whole = { spans: 1_000_000, windows: 64 } as const

/** The windows that a search for the newest looks through, one after the other, until it has enough. */
export async function searchWindows(
  reader: Reader,
  asked: Asked,
  range: TimeRange,
): Promise<readonly TimeRange[]> {
  const { query } = asked
  if (isPlain(query)) {
    if (needsMessage(query)) return [range]
    if (isReadInOrder(query, range)) return windowsOfService(range)
    return await growingWindows(
      reader,
      asked,
      range,
      isIndexed(query) ? newestSpans.indexed : newestSpans.scanned,
    )
  }
  // It makes windows of its own
  if (isScreened(query)) return [range]
  return await evenWindows(reader, asked, range, needsMessage(query) ? relatedMessages : related)
}

/** The windows of a search that has to look through all of a range. */
export async function wholeWindows(
  reader: Reader,
  asked: Asked,
  range: TimeRange,
): Promise<readonly TimeRange[]> {
  const { query } = asked
  if (isPlain(query)) return await evenWindows(reader, asked, range, whole)
  return await evenWindows(reader, asked, range, needsMessage(query) ? relatedMessages : related)
}

/** The same for a search of messages, which looks up spans where the messages' own columns cannot answer. */
export async function messageWindows(
  reader: Reader,
  asked: Asked,
  range: TimeRange,
): Promise<readonly TimeRange[]> {
  const { query } = asked
  const byMessages = placeOf(query) !== 'span' || isIndexed(query)
  if (isPlain(query) && byMessages) return [range]
  return await evenWindows(reader, asked, range, relatedMessages)
}

/** Two windows of a range that is much longer than the first of them. */
function windowsOfService(range: TimeRange): readonly TimeRange[] {
  const { share, leastNano } = newestOfService
  const newest = Math.max(share, leastNano / Number(lengthNano(range)))
  return newest > 1 / 8 ? [range] : newestFirst(range, [newest, 1])
}

/** Windows that grow backwards, so that few statements reach the start of the range. */
async function growingWindows(
  reader: Reader,
  asked: Asked,
  range: TimeRange,
  newest: number,
): Promise<readonly TimeRange[]> {
  const found = await estimateSpans(reader, asked, range)
  const shares: number[] = []
  for (let spans = newest; spans < found; spans *= growth) shares.push(spans / found)
  return newestFirst(range, [...shares, 1])
}

/** Windows of equal length with no more spans in each than can be held, as far as `windows` are enough. */
async function evenWindows(
  reader: Reader,
  asked: Asked,
  range: TimeRange,
  { spans, windows: most }: { readonly spans: number; readonly windows: number },
): Promise<readonly TimeRange[]> {
  const found = await estimateSpans(reader, asked, range)
  const count = Math.min(most, Math.max(1, Math.ceil(found / spans)))
  return newestFirst(
    range,
    Array.from({ length: count }, (_, window) => (window + 1) / count),
  )
}
