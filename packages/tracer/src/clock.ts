import type { TimeInput } from '@opentelemetry/api'

/*
 * Time is a number of milliseconds since 1970 with fractions; a double resolves a quarter of a microsecond of it.
 * The wall clock tells when a span starts, the monotonic clock how long it lasts, so that a clock that is set
 * back gives no negative durations.
 */

/** How far the monotonic clock's zero lies from 1970. */
let offsetMs = Date.now() - performance.now()
const toleratedMs = 10
/** What a timer takes at most; a longer time would be over at once. */
export const longestTimerMs = 2 ** 31 - 1
/** Three years. */
const longestUptimeMs = 1e11

/** Now, by the monotonic clock, in milliseconds. */
export function monotonicMs(): number {
  return performance.now()
}

/** The time since 1970 of a moment of the monotonic clock. */
export function wallMs(momentMs: number): number {
  return momentMs + offsetMs
}

/** Follows the wall clock where it was set, or the machine slept. To be called now and then. */
export function followWallClock(): void {
  const offset = Date.now() - performance.now()
  if (Math.abs(offset - offsetMs) > toleratedMs) offsetMs = offset
}

/**
 * A time as the OpenTelemetry API takes it: `[seconds, nanoseconds]`, a Date, milliseconds since 1970, or
 * milliseconds of `performance.now()`, which is what a number must be that would mean a time before 1973.
 *
 * @returns milliseconds since 1970; now, for what is no time.
 */
export function timeMs(time: TimeInput): number {
  if (typeof time === 'number') return time < longestUptimeMs ? wallMs(time) : time
  if (Array.isArray(time)) return time[0] * 1000 + time[1] / 1e6
  return time instanceof Date ? time.getTime() : wallMs(monotonicMs())
}
