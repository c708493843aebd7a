import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { retentionReport } from './retention-report.ts'

test('a dropped day is logged with its reason, and counted in spans and bytes', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', format: 'text' }, { write: line => lines.push(line.slice(25)) })
  const metrics = createMetrics()
  const report = retentionReport(metrics.retention, log, { diskBytes: 1000 })
  const pieces = [
    { table: 'traces', bytes: 10, rows: 3 },
    { table: 'spans', bytes: 90, rows: 30 },
  ]
  report.dropped({ day: '2026-11-06', group: 'traces', reason: 'age', pieces })
  report.dropped({ day: '2026-11-07', group: 'traces', reason: 'disk', pieces })
  report.overBudget(5, 1005)
  report.clockJumped(86_400_000)
  report.failed('a sweep', new Error('away'))
  report.measured(1005)
  assert.deepEqual(lines, [
    'info  dropped the spans of a day, which are past retention.traces day=2026-11-06 spans=30 bytes=100\n',
    'info  dropped the spans of a day, which had to go for retention.disk day=2026-11-07 spans=30 bytes=100\n',
    'warn  the store is over retention.disk, and what is left is of the current day or pinned: it stays bytes=1005 budget=1000 excess=5\n',
    'warn  the clock was set forward: retention waits for an hour before it believes it hours=24\n',
    'error retention: a sweep failed and is tried again: away\n',
  ])
  const text = await metrics.registry.metrics()
  for (const line of [
    'waybill_retention_dropped_spans_total{reason="age"} 30',
    'waybill_retention_dropped_bytes_total{reason="disk"} 100',
    'waybill_retention_failures_total 1',
    'waybill_store_bytes 1005',
  ])
    assert.ok(text.includes(`${line}\n`), line)
})
