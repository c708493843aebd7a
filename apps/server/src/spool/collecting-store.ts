import { readFile } from 'node:fs/promises'
import type { Segment } from '../store/engine.ts'
import { StoreRefusedError } from '../store/engine.ts'
import type { SpoolObserver } from './observer.ts'
import { spanNames } from './sample-request.ts'

/*
 * For the spool's own tests: a store that remembers the names of spans, each token once, and can be told to
 * be slow, broken or picky. The real engine's tests are in spool.it.ts.
 */
export class CollectingStore {
  readonly names: string[] = []
  /** Names of each load that was asked for, failed ones included. */
  readonly loads: (readonly string[])[] = []
  readonly tokens: string[] = []
  /** A load waits for this promise. */
  gate: Promise<void> = Promise.resolve()
  /** Loads that fail before one works. */
  failures = 0
  /** A name that makes the store refuse whatever holds it. */
  poison: RegExp | undefined

  load = async (segment: Segment): Promise<void> => {
    const names = spanNames(await readFile(segment.path))
    this.loads.push(names)
    await this.gate
    if (this.failures-- > 0) throw new Error('the store is away')
    const bad = this.poison && names.find(name => this.poison?.test(name))
    if (bad !== undefined) throw new StoreRefusedError(`cannot take ${bad}`)
    if (this.tokens.includes(segment.token)) return
    this.tokens.push(segment.token)
    this.names.push(...names)
  }
}

type Report = { [Event in keyof SpoolObserver]: Parameters<SpoolObserver[Event]> }

/** An observer that counts spans by their end, and keeps every other report. */
export class CollectingObserver implements SpoolObserver {
  storedSpans = 0
  quarantinedSpans = 0
  readonly quarantine: Report['quarantined'][] = []
  readonly retries: Report['retried'][] = []
  readonly tears: Report['torn'][] = []
  readonly recoveries: Report['recovered'][] = []
  readonly left: Report['leftBehind'][] = []
  readonly writeErrors: unknown[] = []

  stored(spans: number): void {
    this.storedSpans += spans
  }
  quarantined(...report: Report['quarantined']): void {
    this.quarantinedSpans += report[0]
    this.quarantine.push(report)
  }
  retried(...report: Report['retried']): void {
    this.retries.push(report)
  }
  torn(...report: Report['torn']): void {
    this.tears.push(report)
  }
  recovered(...report: Report['recovered']): void {
    this.recoveries.push(report)
  }
  leftBehind(...report: Report['leftBehind']): void {
    this.left.push(report)
  }
  unwritable(error: unknown): void {
    this.writeErrors.push(error)
  }
}
