import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { RetentionObserver } from './store/retention.ts'
import type { Drop } from './store/retention-plan.ts'
import { sizeOf } from './store/retention-plan.ts'

/** Makes the observer of retention: what is dropped is counted and logged with the reason. */
export function retentionReport(
  metrics: Metrics['retention'],
  log: Logger,
  limits: { readonly diskBytes: number },
): RetentionObserver {
  return {
    measured: bytes => metrics.measured(bytes),
    dropped: drop => {
      const { day, group, reason } = drop
      const spans = spansOf(drop)
      const bytes = sizeOf([drop])
      metrics.dropped(reason, spans, bytes)
      const why = reason === 'age' ? `is past retention.${group}` : 'had to go for retention.disk'
      const what = group === 'traces' ? 'the spans of a day' : "a day's rates and durations"
      log.info({ day, spans, bytes }, `dropped ${what}: it ${why}`)
    },
    overBudget: (excessBytes, bytes) =>
      log.warn(
        { bytes, budget: limits.diskBytes, excess: excessBytes },
        'the store is over retention.disk, and what is left is of the current day or pinned: it stays',
      ),
    failed: (what, err) => {
      metrics.failed()
      log.error({ err }, `retention: ${what} failed and is tried again`)
    },
  }
}

function spansOf({ pieces }: Drop): number {
  return pieces.filter(({ table }) => table === 'spans').reduce((sum, { rows }) => sum + rows, 0)
}
