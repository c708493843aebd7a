import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { BenchName } from './benches.ts'
import { benches } from './benches.ts'
import type { Figures } from './figure.ts'
import { documentPath, recordedRun } from './finish.ts'
import type { RunRecord } from './run-record.ts'
import { replaceSection, runCaption, runSection, runTable } from './tables.ts'

const figures: Figures = {
  rate: {
    title: 'rate, spans/s',
    better: 'more',
    digits: 0,
    isTime: true,
    aims: [
      { timesOf: 'Slow', atLeast: 8 },
      { timesOf: 'Absent', atLeast: 2 },
    ],
  },
  cpu: { title: 'CPU, µs', better: 'less', isTime: true, aims: [{ atMost: 12 }] },
  share: { title: 'share', better: 'more', digits: 2, isTime: false, aims: [{ atLeast: 0.7 }] },
  unmeasured: { title: 'unmeasured', better: 'less', isTime: true },
}

const run: RunRecord = {
  bench: 'b',
  date: '2026-11-21 12:00',
  commit: 'abc1234',
  node: '24.1.0',
  machine: { cpu: 'AMD', cores: 2, memoryGigabytes: 24, system: 'Linux 6' },
  loadBefore: 0.4,
  yardstickMs: 40.5,
  input: { spans: 411_648, connections: 4 },
  missing: ['Jaeger is missing: no binary'],
  values: {
    rate: { Slow: 1000, Waybill: 8000 },
    cpu: { Slow: 100, Waybill: 12.04 },
    share: { Waybill: 0.7 },
  },
}

test('a table has a row for each figure that was measured, ours first, theirs with the ratio', () => {
  assert.equal(
    runTable(figures, run),
    [
      '|  | Waybill | Slow | aim |',
      '| --- | --- | --- | --- |',
      '| rate, spans/s | 8,000 | 1,000 (0.13 ×) | ≥ 8 × Slow ✓; ≥ 2 × Absent |',
      '| CPU, µs | 12.0 | 100.0 (8.31 ×) | ≤ 12 ✗ |',
      '| share | 0.70 | — | ≥ 0.7 ✓ |',
    ].join('\n'),
  )
})

test('a table without aims has no column for them', () => {
  const plain: Figures = { cpu: { title: 'CPU', better: 'less', isTime: true } }
  assert.equal(runTable(plain, { ...run, values: { cpu: { Waybill: 1 } } }).split('\n')[0], '|  | Waybill |')
})

test('the caption says what was measured, when, on what, and who was missing', () => {
  assert.equal(
    runCaption(run),
    '411,648 spans, 4 connections. Measured 2026-11-21 12:00 UTC at commit abc1234: 2 cores (AMD), 24 GB, ' +
      'Linux 6, Node 24.1.0; load average before 0.4, yardstick 40.5 ms. Jaeger is missing: no binary.',
  )
})

test('a section is replaced between its markers, and nothing else is', () => {
  const document = 'a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n<!-- bench:y -->\n<!-- /bench:y -->\n'
  const replaced = replaceSection(document, 'x', 'new\nlines')
  assert.equal(
    replaced,
    'a\n<!-- bench:x -->\nnew\nlines\n<!-- /bench:x -->\nb\n<!-- bench:y -->\n<!-- /bench:y -->\n',
  )
  assert.equal(replaceSection(replaced, 'x', 'new\nlines'), replaced)
})

test('a document without the markers, or with them the wrong way round, is refused', () => {
  assert.throws(() => replaceSection('nothing', 'x', ''), /no place for x/)
  assert.throws(() => replaceSection('<!-- /bench:x --><!-- bench:x -->', 'x', ''), /no place for x/)
})

for (const bench of Object.keys(benches) as readonly BenchName[])
  test(`BENCHMARKS.md has a place for ${bench} and shows what is recorded of it`, () => {
    const document = readFileSync(documentPath, 'utf8')
    const recorded = recordedRun(bench)
    const content = recorded === undefined ? undefined : runSection(benches[bench], recorded)
    const replaced = replaceSection(document, bench, content ?? '')
    if (content !== undefined) assert.equal(replaced, document)
  })
