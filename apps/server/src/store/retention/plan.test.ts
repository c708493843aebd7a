import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Piece, RetentionLimits } from './plan.ts'
import { dayOf, planRetention, sizeOf } from './plan.ts'

const dayMs = 86_400_000
const noon = Date.parse('2026-11-21T12:00:00Z')
const never: RetentionLimits = {
  tracesMs: Number.POSITIVE_INFINITY,
  rollupsMs: Number.POSITIVE_INFINITY,
  diskBytes: Number.POSITIVE_INFINITY,
}

function piece(day: string, bytes = 100, more: Partial<Piece> = {}): Piece {
  return { table: 'spans', group: 'traces', day, bytes, rows: 1, ...more }
}

function totalOf(pieces: readonly Piece[]): number {
  return sizeOf([{ pieces }])
}

/** What goes, one text a day: `2026-11-20 traces age`. */
function plan(pieces: readonly Piece[], limits: Partial<RetentionLimits>, nowMs = noon): readonly string[] {
  const { drops } = planRetention(pieces, totalOf(pieces), { ...never, ...limits }, nowMs)
  return drops.map(({ day, group, reason }) => `${day} ${group} ${reason}`)
}

test('a day goes at the moment when its last span is past the age, and not before', () => {
  const pieces = [piece('2026-11-13'), piece('2026-11-14')]
  const goes = Date.parse('2026-11-21T00:00:00Z')
  assert.deepEqual(plan(pieces, { tracesMs: 7 * dayMs }, goes - 1), [])
  assert.deepEqual(plan(pieces, { tracesMs: 7 * dayMs }, goes), ['2026-11-13 traces age'])
  assert.deepEqual(plan(pieces, { tracesMs: 7 * dayMs }, goes + dayMs), [
    '2026-11-13 traces age',
    '2026-11-14 traces age',
  ])
})

test('spans and rollups have ages of their own', () => {
  const pieces = [
    piece('2026-11-01'),
    piece('2026-11-01', 1, { table: 'operation_minutes', group: 'rollups' }),
    piece('2026-10-01', 1, { table: 'operation_minutes', group: 'rollups' }),
  ]
  assert.deepEqual(plan(pieces, { tracesMs: dayMs, rollupsMs: 30 * dayMs }), [
    '2026-11-01 traces age',
    '2026-10-01 rollups age',
  ])
})

test('all tables of a day go together', () => {
  const pieces = ['traces', 'links', 'messages', 'spans'].map(table => piece('2026-11-01', 1, { table }))
  const { drops } = planRetention(pieces, 4, { ...never, tracesMs: dayMs }, noon)
  assert.deepEqual(
    drops.map(drop => drop.pieces),
    [pieces],
  )
})

test('the current day stays whatever its age or size, and so does one after it', () => {
  const pieces = [piece('2026-11-21'), piece('2026-11-22')]
  const { drops, excessBytes } = planRetention(
    pieces,
    200,
    { tracesMs: 3_600_000, rollupsMs: 3_600_000, diskBytes: 50 },
    noon,
  )
  assert.deepEqual(drops, [])
  assert.equal(excessBytes, 150)
})

test('the budget: met to the byte nothing goes, one byte less and the oldest day does', () => {
  const pieces = [piece('2026-11-18'), piece('2026-11-19'), piece('2026-11-20')]
  assert.deepEqual(plan(pieces, { diskBytes: 300 }), [])
  assert.deepEqual(plan(pieces, { diskBytes: 299 }), ['2026-11-18 traces disk'])
  assert.deepEqual(plan(pieces, { diskBytes: 200 }), ['2026-11-18 traces disk'])
  assert.deepEqual(plan(pieces, { diskBytes: 199 }), ['2026-11-18 traces disk', '2026-11-19 traces disk'])
})

test('what goes by age counts towards the budget', () => {
  const pieces = [piece('2026-11-01'), piece('2026-11-19'), piece('2026-11-20')]
  assert.deepEqual(plan(pieces, { tracesMs: 7 * dayMs, diskBytes: 200 }), ['2026-11-01 traces age'])
})

test('the budget takes days of spans before those of rollups, however old', () => {
  const pieces = [
    piece('2026-09-01', 10, { table: 'operation_minutes', group: 'rollups' }),
    piece('2026-11-19'),
    piece('2026-11-20'),
  ]
  assert.deepEqual(plan(pieces, { diskBytes: 110 }), ['2026-11-19 traces disk'])
  assert.deepEqual(plan(pieces, { diskBytes: 5 }), [
    '2026-11-19 traces disk',
    '2026-11-20 traces disk',
    '2026-09-01 rollups disk',
  ])
})

test('a clock that was set back drops nothing of what it thinks is still to come', () => {
  const pieces = [piece('2026-11-19'), piece('2026-11-20'), piece('2026-11-21')]
  const monthBefore = noon - 30 * dayMs
  assert.deepEqual(plan(pieces, { tracesMs: dayMs, diskBytes: 1 }, monthBefore), [])
})

test('of any store: no day is dropped twice, the newest stay, and the budget is met or only today is left', () => {
  const day = fc.integer({ min: -40, max: 2 }).map(days => dayOf(noon + days * dayMs))
  const stored = fc.array(
    fc.record({
      table: fc.constant('spans'),
      group: fc.constantFrom('traces' as const, 'rollups' as const),
      day,
      bytes: fc.nat(1000),
      rows: fc.nat(10),
    }),
    { maxLength: 40 },
  )
  const ages = fc.record({
    tracesMs: fc.integer({ min: 1, max: 50 }).map(days => days * dayMs),
    rollupsMs: fc.integer({ min: 1, max: 50 }).map(days => days * dayMs),
    diskBytes: fc.nat(20_000),
  })
  fc.assert(
    fc.property(stored, fc.nat(500), ages, (pieces, otherBytes, limits) => {
      const totalBytes = totalOf(pieces) + otherBytes
      const { drops, excessBytes } = planRetention(pieces, totalBytes, limits, noon)
      const gone = drops.flatMap(drop => drop.pieces)
      assert.equal(new Set(gone).size, gone.length)
      assert.ok(gone.every(({ day }) => day < dayOf(noon)))
      const left = pieces.filter(one => !gone.includes(one))
      const leftBytes = totalOf(left) + otherBytes
      assert.equal(excessBytes, Math.max(0, leftBytes - limits.diskBytes))
      assert.ok(excessBytes === 0 || left.every(({ day }) => day >= dayOf(noon)))
      // Nothing goes for the disk that did not have to.
      const last = drops.findLast(({ reason }) => reason === 'disk')
      if (last !== undefined) assert.ok(leftBytes + sizeOf([last]) > limits.diskBytes)
    }),
  )
})
