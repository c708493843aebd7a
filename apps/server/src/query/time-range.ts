import type { Bind } from './compile/bind.ts'

/** Decimal texts of nanoseconds since 1970; the end is not part of the range. */
export interface TimeRange {
  readonly startUnixNano: string
  readonly endUnixNano: string
}

const hourNano = 3_600_000_000_000n
const dayNano = 24n * hourNano
/** The ends of ClickHouse's DateTime64(9): 1970, so that days count from 0, and 2262-04-11. */
const earliestNano = 0n
const latestNano = 2n ** 63n - 1n
const minuteNano = 60_000_000_000n
/** A DateTime, which toStartOfMinute gives, ends here: 2106-02-07. */
const lastMinuteNano = (2n ** 32n - 60n) * 1_000_000_000n
/** A Date ends here: 2149-06-06. */
const lastDayNano = 65_535n * dayNano

export function lengthNano(range: TimeRange): bigint {
  const length = BigInt(range.endUnixNano) - BigInt(range.startUnixNano)
  return length < 0n ? 0n : length
}

/** Minutes are in the order of the times that they hold. */
export function hasMinutes(range: TimeRange): boolean {
  return BigInt(range.endUnixNano) <= lastMinuteNano
}

/** The condition that rows of any table started within the range. */
export function startsBetween(range: TimeRange, bind: Bind): string {
  return `start >= ${timeOf(range.startUnixNano, bind)} AND start < ${timeOf(range.endUnixNano, bind)}`
}

/**
 * The same for `spans`, which is sorted by the minute of the start: the engine makes use of that only where the
 * condition names the minute as the key does.
 */
export function startsWithin(range: TimeRange, bind: Bind): string {
  if (!hasMinutes(range)) return startsBetween(range, bind)
  const [from, to] = [BigInt(range.startUnixNano), BigInt(range.endUnixNano)]
  const minute = (nano: bigint) => bind(dateTimeText(nano - (nano % minuteNano), 0), "DateTime('UTC')")
  return (
    `toStartOfMinute(start) >= ${minute(from)} AND toStartOfMinute(start) <= ${minute(to)} ` +
    `AND ${startsBetween(range, bind)}`
  )
}

/**
 * The condition on the minutes of rows between two times that are SQL and lie in the range; none where minutes
 * cannot tell the times.
 */
export function minutesWithin(range: TimeRange, from: string, to: string): readonly string[] {
  if (!hasMinutes(range)) return []
  return [
    `toStartOfMinute(start) >= toStartOfMinute(${from}) AND toStartOfMinute(start) <= toStartOfMinute(${to})`,
  ]
}

/** A bound time as a value of the columns' own type. */
export function timeOf(unixNano: string, bind: Bind): string {
  return bind(dateTimeText(BigInt(unixNano), 9), "DateTime64(9, 'UTC')")
}

/** Nanoseconds since 1970 as `2026-11-21 04:00:00`, with 9 digits after the seconds or none. */
function dateTimeText(nano: bigint, digits: 0 | 9): string {
  const text = new Date(Number(nano / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')
  return digits === 0 ? text : `${text}.${String(nano % 1_000_000_000n).padStart(9, '0')}`
}

/**
 * Where spans may lie that are related to those of a range: as long again before and after it, an hour at
 * least and a day at most.
 */
export function relatedRange(
  range: TimeRange,
  whole: TimeRange = range,
  marginNano: bigint = relatedMargin(whole),
): TimeRange {
  return makeRange(BigInt(range.startUnixNano) - marginNano, BigInt(range.endUnixNano) + marginNano)
}

function relatedMargin(whole: TimeRange): bigint {
  const length = lengthNano(whole)
  return length < hourNano ? hourNano : length > dayNano ? dayNano : length
}

/**
 * The condition on rows of `traces` that a trace may have spans in the range: the table is cut by days, and what
 * was stored with a time far from that of its arrival has the day 0.
 */
export function onDaysOf(range: TimeRange, bind: Bind): string {
  const { startUnixNano, endUnixNano } = relatedRange(range)
  const day = (unixNano: string) => {
    const nano = BigInt(unixNano) < lastDayNano ? BigInt(unixNano) : lastDayNano
    return bind(dateTimeText(nano, 0).slice(0, 10), 'Date')
  }
  return `(day >= ${day(startUnixNano)} AND day <= ${day(endUnixNano)} OR day = ${bind('1970-01-01', 'Date')})`
}

export function makeRange(start: bigint, end: bigint): TimeRange {
  const clamp = (time: bigint) =>
    String(time < earliestNano ? earliestNano : time > latestNano ? latestNano : time)
  return { startUnixNano: clamp(start), endUnixNano: clamp(end) }
}

/** The part of a range up to and including what started at a time: where a page ended. */
export function upTo(range: TimeRange, unixNano: string): TimeRange {
  const end = BigInt(unixNano) + 1n
  return end < BigInt(range.endUnixNano) ? { ...range, endUnixNano: String(end) } : range
}

/**
 * Cuts a range into windows, newest first, so that a search for the newest can stop early.
 *
 * @param shares how far back each window reaches, as parts of the range: `[1 / 64, 1 / 8, 1]` gives the newest
 *   64th, then the rest of the newest 8th, then the rest.
 */
export function newestFirst(range: TimeRange, shares: readonly number[]): readonly TimeRange[] {
  const length = lengthNano(range)
  const start = BigInt(range.startUnixNano)
  let end = BigInt(range.endUnixNano)
  const windows: TimeRange[] = []
  for (const share of shares) {
    const from =
      share === 1
        ? start
        : BigInt(range.endUnixNano) - (length * BigInt(Math.round(share * 2 ** 20))) / 2n ** 20n
    if (from < end) windows.push(makeRange(from, end))
    end = from
  }
  return windows
}
