import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

/** A day that was dropped, as much of it as is told. */
interface Dropped {
  readonly day: string
  readonly group: 'traces' | 'rollups'
  readonly reason: 'age' | 'disk'
  readonly pieces: readonly { readonly table: string; readonly bytes: number; readonly rows: number }[]
}

/** Makes the observer of retention: what is dropped is counted, and logged with the reason. */
export function retentionReport(
  metrics: Metrics['retention'],
  log: Logger,
  { diskBytes }: { readonly diskBytes: number },
) {
  return {
    measured: (bytes: number): void => metrics.measured(bytes),
    dropped: ({ day, group, reason, pieces }: Dropped): void => {
      const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
      const spans = pieces.reduce((sum, { table, rows }) => sum + (table === 'spans' ? rows : 0), 0)
      metrics.dropped(reason, spans, bytes)
      const what = group === 'traces' ? 'the spans' : 'the rates and durations'
      const why = reason === 'age' ? `are past retention.${group}` : 'had to go for retention.disk'
      log.info({ day, spans, bytes }, `dropped ${what} of a day, which ${why}`)
    },
    overBudget: (excess: number, bytes: number): void =>
      log.warn(
        { bytes, budget: diskBytes, excess },
        'the store is over retention.disk, and what is left is of the current day or pinned: it stays',
      ),
    clockJumped: (byMs: number): void =>
      log.warn(
        { hours: Math.round(byMs / 3_600_000) },
        'the clock was set forward: retention waits for an hour before it believes it',
      ),
    failed: (what: string, err: unknown): void => {
      metrics.failed()
      log.error({ err }, `retention: ${what} failed and is tried again`)
    },
  }
}
