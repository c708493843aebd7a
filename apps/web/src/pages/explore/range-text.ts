import { dayOf, shortTime } from '../../ui/times.ts'
import type { ExploreSearch } from './search.ts'
import { defaultLast } from './search.ts'

/** The usual ranges, and how they are called. */
export const usualRanges = [
  ['5m', '5 min'],
  ['15m', '15 min'],
  ['1h', '1 h'],
  ['6h', '6 h'],
  ['12h', '12 h'],
  ['1d', '1 day'],
  ['2d', '2 days'],
  ['7d', '7 days'],
  ['30d', '30 days'],
] as const

export type Range = Pick<ExploreSearch, 'last' | 'start' | 'end'>

/** What the button says: `Last 1 h`, or both ends. */
export function rangeText(range: Range): string {
  if (range.start === undefined && range.end === undefined) {
    const last = range.last ?? defaultLast
    return `Last ${usualRanges.find(([name]) => name === last)?.[1] ?? last}`
  }
  const start = timeOf(range.start)
  const end = timeOf(range.end)
  const startText = start === undefined ? '…' : shortTime(start)
  const sameDay = start !== undefined && end !== undefined && dayOf(start) === dayOf(end)
  const endText = end === undefined ? 'now' : sameDay ? shortTime(end).slice(-8) : shortTime(end)
  return `${startText} – ${endText}`
}

/** Milliseconds since 1970 of a time as it stands in an address; undefined where it is none. */
export function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
