import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Comparison } from './compare.ts'
import { compareRuns } from './compare.ts'
import type { Figures, Values } from './figure.ts'
import { comparisonLines } from './finish.ts'
import type { RunRecord } from './run-record.ts'

const figures: Figures = {
  rate: { title: 'rate', better: 'more', isTime: true, tolerance: 1.5 },
  cpu: { title: 'CPU', better: 'less', isTime: true, tolerance: 1.5 },
  bytes: { title: 'bytes', better: 'less', isTime: false, tolerance: 1.1 },
  scattered: { title: 'scattered', better: 'less', isTime: true },
}

function run(values: Values, rest: Partial<RunRecord> = {}): RunRecord {
  const machine = { cpu: 'some', cores: 2, memoryGigabytes: 8, system: 'Linux' }
  const about = { bench: 'b', date: '', commit: 'c', node: '24', machine, loadBefore: 0, missing: [] }
  return { ...about, yardstickMs: 100, input: { spans: 1 }, values, ...rest }
}

function regressions(comparison: Comparison): readonly string[] {
  assert.equal(comparison.kind, 'compared')
  return comparison.kind === 'compared' ? comparison.regressions.map(({ title }) => title) : []
}

test('a run is as good as itself', () => {
  const same = run({ rate: { Waybill: 10, Peer: 5 }, cpu: { Waybill: 3 }, bytes: { Waybill: 95 } })
  assert.deepEqual(compareRuns(figures, same, same), {
    kind: 'compared',
    regressions: [],
    checked: 3,
    isBusy: false,
  })
})

test('where a peer is as much slower as we are, nothing has become worse', () => {
  const recorded = run({ rate: { Waybill: 100, Peer: 50 }, cpu: { Waybill: 10, Peer: 30 } })
  const slowHour = run({ rate: { Waybill: 20, Peer: 10 }, cpu: { Waybill: 40, Peer: 120 } })
  assert.deepEqual(regressions(compareRuns(figures, recorded, slowHour)), [])
})

test('a ratio to the peers may fall to the tolerance and no further', () => {
  const recorded = run({ rate: { Waybill: 300, Peer: 50 } })
  assert.deepEqual(regressions(compareRuns(figures, recorded, run({ rate: { Waybill: 200, Peer: 50 } }))), [])
  assert.deepEqual(regressions(compareRuns(figures, recorded, run({ rate: { Waybill: 199, Peer: 50 } }))), [
    'rate',
  ])
  const better = run({ rate: { Waybill: 3000, Peer: 50 } })
  assert.deepEqual(regressions(compareRuns(figures, recorded, better)), [])
})

test('the median of the peers counts, so that one bad moment of one of them does not', () => {
  const recorded = run({ cpu: { Waybill: 10, A: 10, B: 10, C: 10 } })
  const oneQuick = run({ cpu: { Waybill: 10, A: 1, B: 10, C: 10 } })
  assert.deepEqual(regressions(compareRuns(figures, recorded, oneQuick)), [])
  const slowedDown = run({ cpu: { Waybill: 16, A: 10, B: 10, C: 30 } })
  assert.deepEqual(regressions(compareRuns(figures, recorded, slowedDown)), ['CPU'])
})

test('peers that only one of the runs has are left out, and so are our own variants', () => {
  const recorded = run({ rate: { Waybill: 100, Old: 1, 'Waybill, gRPC': 80 } })
  const now = run({ rate: { Waybill: 90, New: 1000, 'Waybill, gRPC': 10 } })
  assert.deepEqual(regressions(compareRuns(figures, recorded, now)), [])
})

test('a time without a peer is compared in units of the yardstick', () => {
  const recorded = run({ cpu: { Waybill: 10 }, rate: { Waybill: 100 } })
  const values = { cpu: { Waybill: 20 }, rate: { Waybill: 50 } }
  assert.deepEqual(regressions(compareRuns(figures, recorded, run(values, { yardstickMs: 200 }))), [])
  assert.deepEqual(regressions(compareRuns(figures, recorded, run(values))), ['rate', 'CPU'])
})

test('on cores that others wanted too, times without a peer are left out, and that is said', () => {
  const recorded = run({ cpu: { Waybill: 10 }, bytes: { Waybill: 10 } })
  const values = { cpu: { Waybill: 90 }, bytes: { Waybill: 10 } }
  assert.deepEqual(regressions(compareRuns(figures, recorded, run(values, { loadBefore: 2 }))), ['CPU'])
  const busy = compareRuns(figures, recorded, run(values, { loadBefore: 2.1 }))
  assert.deepEqual(comparisonLines('b', busy), [
    'b: no regression in 1 figures; times without a peer are left out, since the cores were busy',
  ])
})

test('bytes are compared as they are, whatever the machine or the peers do', () => {
  const recorded = run({ bytes: { Waybill: 100, Peer: 100 } })
  const grown = { bytes: { Waybill: 111, Peer: 200 } }
  const comparison = compareRuns(figures, recorded, run(grown, { yardstickMs: 1000 }))
  assert.deepEqual(regressions(comparison), ['bytes'])
})

test('what has no tolerance, no value or a value that is no number is not checked', () => {
  const recorded = run({ scattered: { Waybill: 1 }, cpu: { Waybill: 1 }, bytes: { Waybill: Number.NaN } })
  const now = run({ scattered: { Waybill: 99 }, rate: { Waybill: 1 }, bytes: { Waybill: 7 } })
  assert.deepEqual(compareRuns(figures, recorded, now), {
    kind: 'compared',
    regressions: [],
    checked: 0,
    isBusy: false,
  })
})

test('runs of different sizes are not compared', () => {
  const comparison = compareRuns(figures, run({}), run({}, { input: { spans: 2 } }))
  assert.equal(comparison.kind, 'incomparable')
  assert.deepEqual(comparisonLines('b', comparison), [
    'b: not compared, recorded with {"spans":1}, this run had {"spans":2}',
  ])
})

test('a regression is named, with how much worse it is and than what', () => {
  const comparison = compareRuns(
    figures,
    run({ cpu: { Waybill: 10, Peer: 10 } }),
    run({ cpu: { Waybill: 20, Peer: 10 } }),
  )
  assert.deepEqual(comparisonLines('ingest', comparison), [
    'ingest: REGRESSION in CPU: 2.00 times worse than the recorded ratio to Peer (tolerance 1.5)',
    'ingest: 1 worse in 1 figures',
  ])
})
