/** Fewer waiting spans are few: loading them takes hardly longer than loading one. */
export const fewSpans = 5_000

const few = { restPerLoad: 100, longestMs: 10_000 }
const many = { restPerLoad: 10, longestMs: 2_000 }

/**
 * How long after a load another one, that nobody waits for, may come: a hundred times as long as that took while few
 * spans wait, ten times when there are more, since whoever asks next waits for their load.
 *
 * @param loadMs what the last load took, in milliseconds.
 * @param spans that wait now.
 * @returns milliseconds from the end of that load.
 */
export function restMs(loadMs: number, spans: number): number {
  const { restPerLoad, longestMs } = spans < fewSpans ? few : many
  return Math.min(longestMs, restPerLoad * loadMs)
}
