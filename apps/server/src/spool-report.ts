import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

/** What is said of a segment. */
interface Named {
  readonly token: string
}

/** Makes the spool's observer: every event is counted, and what a person should know of is logged. */
export function spoolReport(metrics: Metrics['spool'], log: Logger) {
  return {
    stored: (spans: number, bytes: number, loadMs: number): void => {
      metrics.stored(spans, loadMs)
      log.debug({ spans, bytes, loadMs: Math.round(loadMs) }, 'stored a segment')
    },
    quarantined: (spans: number, path: string, reason: string): void => {
      metrics.quarantined(spans)
      log.error({ spans, path }, `the store refuses spans, they are in quarantine: ${reason}`)
    },
    retried: ({ token }: Named, err: unknown, delayMs: number): void => {
      metrics.retried()
      log.warn({ segment: token, delayMs, err }, 'a segment could not be loaded and is tried again')
    },
    torn: ({ token }: Named, bytes: number): void => {
      metrics.torn(bytes)
      log.warn({ segment: token, bytes }, 'cut off the end of a segment, which a crash left unfinished')
    },
    recovered: (segments: number, bytes: number): void =>
      log.info({ segments, bytes }, 'loading what the last run left in the spool'),
    leftBehind: ({ token }: Named, err: unknown): void =>
      log.error({ segment: token, err }, 'a segment is not in the store; the next start loads it'),
    unwritable: (err: unknown): void => {
      metrics.unwritable()
      log.error({ err }, 'the spool cannot be written')
    },
  }
}
