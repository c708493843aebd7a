/** A stretch of time, nanoseconds from the start of a trace. */
export interface Interval {
  readonly startNano: number
  readonly endNano: number
}

/** How much time at least one of the intervals covers. One that ends before it starts covers none. */
export function coveredNano(intervals: readonly Interval[]): number {
  const [only] = intervals
  if (only === undefined) return 0
  if (intervals.length === 1) return Math.max(only.endNano - only.startNano, 0)
  let covered = 0
  let until = Number.NEGATIVE_INFINITY
  for (const { startNano, endNano } of intervals.toSorted((a, b) => a.startNano - b.startNano)) {
    const from = Math.max(startNano, until)
    if (endNano <= from) continue
    covered += endNano - from
    until = endNano
  }
  return covered
}

/** How much of the time that `intervals` cover none of `others` covers. */
export function uncoveredNano(intervals: readonly Interval[], others: readonly Interval[]): number {
  if (others.length === 0) return coveredNano(intervals)
  return coveredNano([...intervals, ...others]) - coveredNano(others)
}
