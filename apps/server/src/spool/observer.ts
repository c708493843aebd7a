import type { Segment } from '../store/engine.ts'

/** What the spool tells the counters and the log. Every span it took ends in `stored` or `quarantined`. */
export interface SpoolObserver {
  /** These spans are in the store. */
  stored(spans: number, bytes: number, loadMs: number): void
  /** The store will never take these; they lie in `path`. */
  quarantined(spans: number, path: string, reason: string): void
  /** A load failed and will be tried again after `delayMs`. */
  retried(segment: Segment, error: unknown, delayMs: number): void
  /** The end of a segment was cut short by a crash; `bytes` of it were nothing whole and are gone. */
  torn(segment: Segment, bytes: number): void
  /** Segments of an earlier run were found. */
  recovered(segments: number, bytes: number): void
  /** The server stops and the store does not take this; it is loaded at the next start. */
  leftBehind(segment: Segment, error: unknown): void
  /** The disk did not take an append; the client was told to come back. */
  unwritable(error: unknown): void
}
