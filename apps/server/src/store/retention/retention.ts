import type { Archive } from '../archive/archive.ts'
import type { Engine } from '../engine.ts'
import { expireDescriptions } from './descriptions.ts'
import type { Drop, Piece, RetentionLimits } from './plan.ts'
import { dayOf, planRetention } from './plan.ts'
import { dropPiece, readStored, removeReplacedParts, undatedDay } from './tables.ts'

/** What retention tells of its work. */
export interface RetentionObserver {
  /** How much the store held after a sweep. */
  measured(totalBytes: number): void
  /** A day is gone, or as much of it as could be dropped. */
  dropped(drop: Drop): void
  /** The store is over its budget, and all that is left of the days may still be written. */
  overBudget(excessBytes: number, totalBytes: number): void
  /** The clock was set forward by so much while the server ran: nothing is dropped for an hour. */
  clockJumped(byMs: number): void
  /** Something could not be done; the next sweep tries again. */
  failed(what: string, error: unknown): void
}

export interface RetentionOptions {
  readonly engine: Pick<Engine, 'query'>
  readonly archive: Pick<Archive, 'refresh' | 'seal'>
  readonly limits: RetentionLimits
  readonly observer: RetentionObserver
  /** Milliseconds since 1970; the clock if absent. */
  readonly now?: () => number
  /** Milliseconds on a clock that nobody sets; that of the process if absent. */
  readonly uptime?: () => number
}

const sweepEveryMs = 60_000
const warnEveryMs = 3_600_000
/** A clock that gains more than this on the uptime was set, or the machine slept. */
const jumpMs = 12 * 3_600_000
const doubtMs = 3_600_000
/** So many sweeps in a row wait for an archive that cannot be brought up to date; then they go on without. */
const sweepsThatWait = 3

/**
 * Drops what is past its age or over the budget, a day at a time: looks once a minute, since it costs the
 * engine a few milliseconds, and a store that is written at full speed gains a gigabyte a minute.
 */
export class Retention {
  readonly #options: RetentionOptions
  readonly #now: () => number
  readonly #uptime: () => number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false
  #archiveFailures = 0
  #warnedMs = Number.NEGATIVE_INFINITY
  /** The clock less the uptime, at the last sweep. */
  #clockOffsetMs: number | undefined
  /** In uptime. */
  #trustedFromMs = 0

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#uptime = options.uptime ?? (() => performance.now())
  }

  /** Sweeps from now on, until {@link close}. */
  start(): void {
    const next = (): void => {
      if (!this.#isClosed) this.#timer = setTimeout(() => this.sweep().then(next), sweepEveryMs)
    }
    void this.sweep().then(next)
  }

  /** Looks once and drops what must go. Never rejects: what fails is told, and left for the next sweep. */
  sweep(): Promise<void> {
    this.#running = this.#running.then(() => this.#sweep())
    return this.#running
  }

  /** Ends after the statement that is under way, and leaves nothing behind that the next start would read in vain. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#running
    await this.#removeReplaced()
  }

  async #sweep(): Promise<void> {
    if (this.#isClosed) return
    const { archive } = this.#options
    await this.#attempt('a look at what is stored', () => this.#dropWhatMust())
    await this.#attempt('a copy of what arrived late of pinned traces', () => archive.refresh('sealed'))
    await this.#removeReplaced()
  }

  #removeReplaced(): Promise<void> {
    return this.#attempt('the removal of parts that were merged', () =>
      removeReplacedParts(this.#options.engine),
    )
  }

  async #dropWhatMust(): Promise<void> {
    const { engine, limits, observer } = this.#options
    const { pieces, totalBytes } = await readStored(engine)
    const nowMs = this.#now()
    const { drops, excessBytes } = planRetention(pieces, totalBytes, limits, nowMs)
    let leftBytes = totalBytes
    if (this.#isClockTrusted(nowMs) && drops.length > 0 && (await this.#secureArchive(drops))) {
      for (const drop of drops) leftBytes -= await this.#dropDay(drop)
      await expireDescriptions(engine, oldestDay(pieces, drops, nowMs))
    }
    observer.measured(leftBytes)
    if (excessBytes > 0) this.#warn(excessBytes, totalBytes)
  }

  /** A clock that leaps ahead for a moment would make every day an old one; what it says must last for an hour. */
  #isClockTrusted(nowMs: number): boolean {
    const uptimeMs = this.#uptime()
    const offsetMs = nowMs - uptimeMs
    const leapMs = offsetMs - (this.#clockOffsetMs ?? offsetMs)
    this.#clockOffsetMs = offsetMs
    if (leapMs > jumpMs) {
      this.#trustedFromMs = uptimeMs + doubtMs
      this.#options.observer.clockJumped(leapMs)
    }
    return uptimeMs >= this.#trustedFromMs
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#options.observer.failed(what, error)
    }
  }

  /** @returns whether pinned traces are safe from the drops. */
  async #secureArchive(drops: readonly Drop[]): Promise<boolean> {
    const { archive, observer } = this.#options
    try {
      await archive.refresh('all')
      this.#archiveFailures = 0
    } catch (error) {
      this.#archiveFailures++
      observer.failed('a copy of pinned traces', error)
      if (this.#archiveFailures <= sweepsThatWait) return false
    }
    try {
      const pieces = drops.filter(({ group }) => group === 'traces').flatMap(drop => drop.pieces)
      await archive.seal([
        ...new Set(pieces.map(piece => (piece.part === undefined ? piece.day : undatedDay))),
      ])
      return true
    } catch (error) {
      observer.failed('a note of which pinned traces are in the archive alone', error)
      return false
    }
  }

  /** @returns the bytes that are gone. */
  async #dropDay(drop: Drop): Promise<number> {
    const { engine, observer } = this.#options
    const gone: Piece[] = []
    for (const piece of drop.pieces) {
      if (this.#isClosed) break
      try {
        await dropPiece(engine, piece)
        gone.push(piece)
      } catch (error) {
        observer.failed(`a drop of ${piece.part ?? piece.day} of ${piece.table}`, error)
      }
    }
    if (gone.length > 0) observer.dropped({ ...drop, pieces: gone })
    return gone.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Once an hour, also where the clock was set back. */
  #warn(excessBytes: number, totalBytes: number): void {
    const nowMs = this.#now()
    if (Math.abs(nowMs - this.#warnedMs) < warnEveryMs) return
    this.#warnedMs = nowMs
    this.#options.observer.overBudget(excessBytes, totalBytes)
  }
}

/** The oldest day of spans that is left; today where none is. */
function oldestDay(pieces: readonly Piece[], drops: readonly Drop[], nowMs: number): string {
  const gone = new Set(drops.flatMap(drop => drop.pieces))
  const left = pieces.filter(
    piece => piece.group === 'traces' && piece.part === undefined && !gone.has(piece),
  )
  return left.reduce((oldest, { day }) => (day < oldest ? day : oldest), dayOf(nowMs))
}
