/** Work in pieces: each `next()` does one of them, some ten milliseconds long. */
export type Pieces<Result> = Generator<undefined, Result, undefined>

/** Does all pieces at once. */
export function whole<Result>(pieces: Pieces<Result>): Result {
  for (;;) {
    const { done, value } = pieces.next()
    if (done) return value
  }
}

/**
 * Does one piece after the other, and before each leaves the page its time: to draw, and to answer keys.
 *
 * @param signal when aborted, no further piece is begun.
 * @returns undefined where it was aborted.
 */
export async function oneByOne<Result>(
  pieces: Pieces<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  for (;;) {
    await breath()
    if (signal.aborted) return undefined
    const { done, value } = pieces.next()
    if (done) return value
  }
}

/** A task of its own. Timers are the way of browsers that lack `scheduler.yield` (Prioritized Task Scheduling). */
function breath(): Promise<void> {
  return 'scheduler' in globalThis && 'yield' in scheduler
    ? scheduler.yield()
    : new Promise(resolve => setTimeout(resolve, 0))
}
