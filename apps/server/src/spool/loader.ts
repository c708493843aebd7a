import type { Segment } from '../store/engine.ts'
import { loadSegment } from './load-segment.ts'
import type { SpoolObserver } from './observer.ts'
import { restMs } from './rest.ts'
import type { WaitingSegment } from './segment.ts'

export interface LoaderOptions {
  readonly quarantineDir: string
  readonly observer: SpoolObserver
  /** Loads under way at once, at most. */
  readonly concurrentLoads: number
  load(segment: Segment): Promise<void>
  /**
   * The open segment, closed now, where there is a reason to load it before it is full.
   *
   * @param isRested whether the last load is long enough ago for one of so many spans that nobody waits for.
   */
  takeDue(isRested: (spans: number) => boolean): WaitingSegment | undefined
  /** The bytes of this segment no longer wait. */
  done(segment: WaitingSegment): void
}

interface Queued {
  readonly segment: WaitingSegment
  failures: number
  /** On the clock of `performance.now()`. */
  notBeforeMs: number
}

const firstDelayMs = 100
const longestPauseMs = 10_000
const longestDelayMs = 60_000
/** So many failures of one segment, and a query no longer waits for it. */
const failuresUntilPassed = 2
/** So many failures in a row while stopping, and what is left waits for the next start. */
const failuresWhileStopping = 3

/**
 * Brings closed segments into the store, the oldest first, as many at once as may be. What fails is tried again,
 * for ever:
 *
 *     failures of the store in a row  1     2     3     …     pause before anything is tried
 *                                     0.1   0.2   0.4   10 s
 *     failures of one segment         1     2     3     …     time until it is its turn again
 *                                     0.1   0.4   1.6   60 s
 *
 * So a store that is away is asked ever more seldom, and a segment that fails alone lets the others pass.
 */
export class Loader {
  readonly #options: LoaderOptions
  readonly #queue: Queued[] = []
  readonly #running = new Map<Queued, Promise<void>>()
  /** Since the last success. */
  #failures = 0
  #pausedUntilMs = 0
  #lastLoad = { tookMs: 0, endedMs: 0 }
  #timer: NodeJS.Timeout | undefined
  #stopping = false

  constructor(options: LoaderOptions) {
    this.#options = options
  }

  /** Segments that wait, those being loaded included. */
  get waiting(): readonly WaitingSegment[] {
    return this.#queue.map(({ segment }) => segment)
  }

  /** Puts a segment behind the others. */
  add(segment: WaitingSegment): void {
    this.#queue.push({ segment, failures: 0, notBeforeMs: 0 })
  }

  /** Starts as many loads as may run, if there is something to load. */
  wake(): void {
    const nowMs = performance.now()
    if (nowMs < this.#pausedUntilMs && !this.#stopping) {
      this.#wakeIn(this.#pausedUntilMs - nowMs)
      return
    }
    while (this.#running.size < this.#options.concurrentLoads) {
      const next = this.#next(nowMs)
      if (next === undefined) {
        this.#wakeForRetry(nowMs)
        return
      }
      this.#running.set(next, this.#run(next))
    }
  }

  /** Loads all there is, or as much as the store takes. Nothing is left running. */
  async close(): Promise<void> {
    this.#stopping = true
    this.#failures = 0
    clearTimeout(this.#timer)
    this.wake()
    while (this.#running.size > 0) {
      await Promise.race(this.#running.values())
      this.wake()
    }
  }

  /** The oldest segment whose turn it is. The open one is closed for a load only where nothing else is loaded. */
  #next(nowMs: number): Queued | undefined {
    const next = this.#idle().find(({ notBeforeMs }) => notBeforeMs <= nowMs || this.#stopping)
    return next ?? (this.#running.size === 0 ? this.#takeDue(nowMs) : undefined)
  }

  /** Segments that are not being loaded. */
  #idle(): readonly Queued[] {
    return this.#queue.filter(queued => !this.#running.has(queued))
  }

  #takeDue(nowMs: number): Queued | undefined {
    const { tookMs, endedMs } = this.#lastLoad
    const segment = this.#options.takeDue(spans => nowMs - endedMs >= restMs(tookMs, spans))
    if (segment !== undefined) this.add(segment)
    return segment && this.#queue.at(-1)
  }

  #wakeForRetry(nowMs: number): void {
    const idle = this.#idle()
    if (idle.length > 0) this.#wakeIn(Math.min(...idle.map(({ notBeforeMs }) => notBeforeMs)) - nowMs)
  }

  #wakeIn(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.wake(), delayMs)
  }

  async #run(queued: Queued): Promise<void> {
    const { segment } = queued
    const startedMs = performance.now()
    try {
      await loadSegment(segment, this.#options)
      const endedMs = performance.now()
      this.#lastLoad = { tookMs: endedMs - startedMs, endedMs }
      this.#failures = 0
      this.#remove(queued)
    } catch (error) {
      await this.#fail(queued, error)
    }
    this.#running.delete(queued)
    if (!this.#stopping) this.wake()
  }

  async #fail(queued: Queued, error: unknown): Promise<void> {
    const { segment } = queued
    this.#failures++
    queued.failures++
    if (this.#stopping && this.#failures >= failuresWhileStopping) {
      for (const left of [queued, ...this.#idle()]) {
        this.#options.observer.leftBehind(left.segment, error)
        this.#remove(left)
      }
      return
    }
    const pauseMs = Math.min(longestPauseMs, firstDelayMs * 2 ** (this.#failures - 1))
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 4 ** (queued.failures - 1))
    const nowMs = performance.now()
    this.#pausedUntilMs = nowMs + pauseMs
    queued.notBeforeMs = nowMs + delayMs
    if (queued.failures >= failuresUntilPassed) segment.tried.resolve()
    this.#options.observer.retried(segment, error, Math.max(pauseMs, delayMs))
    if (this.#stopping) await new Promise(resolve => setTimeout(resolve, firstDelayMs))
  }

  #remove(queued: Queued): void {
    this.#queue.splice(this.#queue.indexOf(queued), 1)
    queued.segment.tried.resolve()
    this.#options.done(queued.segment)
  }
}
