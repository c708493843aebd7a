/*
 * What retention drops, as a function of what is stored and of the clock. Days are those of UTC, as texts
 * (`2026-11-21`), which sort by time.
 */

/** What is dropped together: spans with all that is found by them, or what is counted of them. */
export type RetentionGroup = 'traces' | 'rollups'

/** What the store may keep. Infinity where there is no limit. */
export interface RetentionLimits {
  readonly tracesMs: number
  readonly rollupsMs: number
  /** Bytes on the disk, all tables. */
  readonly diskBytes: number
}

/** What one statement drops: a day's partition of a table, or one part of spans that have no day. */
export interface Piece {
  readonly table: string
  readonly group: RetentionGroup
  /** The day of its spans' starts; of the part's last change, where they have none. */
  readonly day: string
  /** The part's name; absent where it is the whole partition. */
  readonly part?: string
  readonly bytes: number
  readonly rows: number
}

/** A day that goes. */
export interface Drop {
  readonly day: string
  readonly group: RetentionGroup
  readonly reason: 'age' | 'disk'
  readonly pieces: readonly Piece[]
}

export interface Plan {
  /** The oldest first. */
  readonly drops: readonly Drop[]
  /** Bytes over the budget that stay, since what is left may still be written; 0 where it is met. */
  readonly excessBytes: number
}

const dayMs = 86_400_000

/**
 * Days that are past their age, then the oldest of the others until the store is within its budget. Spans go
 * before rollups, which are small and tell most about times long ago. The current day is never dropped, nor
 * one after it, which a clock that was set back or a client's clock can make.
 *
 * @param totalBytes of the whole store; what is in no piece counts, and stays.
 * @param nowMs since 1970.
 */
export function planRetention(
  pieces: readonly Piece[],
  totalBytes: number,
  limits: RetentionLimits,
  nowMs: number,
): Plan {
  const today = dayOf(nowMs)
  const days = daysOf(pieces.filter(piece => piece.day < today))
  const aged = days.filter(({ day, group }) => endOf(day) + ageOf(limits, group) <= nowMs)
  let excessBytes = totalBytes - sizeOf(aged) - limits.diskBytes
  const drops: Drop[] = aged.map(day => ({ ...day, reason: 'age' }))
  for (const day of days) {
    if (excessBytes <= 0) break
    if (aged.includes(day)) continue
    drops.push({ ...day, reason: 'disk' })
    excessBytes -= sizeOf([day])
  }
  return { drops, excessBytes: Math.max(0, excessBytes) }
}

/** The day of a time, in UTC. */
export function dayOf(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10)
}

/** Bytes of all that goes with some days. */
export function sizeOf(days: readonly Pick<Drop, 'pieces'>[]): number {
  return days.flatMap(({ pieces }) => pieces).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The moment at which a day is over. */
function endOf(day: string): number {
  return Date.parse(day) + dayMs
}

function ageOf(limits: RetentionLimits, group: RetentionGroup): number {
  return group === 'traces' ? limits.tracesMs : limits.rollupsMs
}

/** The days that the pieces are of, in the order in which the budget takes them. */
function daysOf(pieces: readonly Piece[]): readonly Omit<Drop, 'reason'>[] {
  const found = Map.groupBy(pieces, ({ group, day }) => `${group === 'traces' ? 0 : 1} ${day}`)
  return [...found.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...rest]]) =>
      first === undefined ? [] : [{ day: first.day, group: first.group, pieces: [first, ...rest] }],
    )
}
