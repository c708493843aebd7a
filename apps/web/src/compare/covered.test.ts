import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coveredNano, uncoveredNano } from './covered.ts'

const interval = (startNano: number, endNano: number) => ({ startNano, endNano })

describe('coveredNano', () => {
  it('counts time once, however many run in it', () => {
    expect(coveredNano([])).toBe(0)
    expect(coveredNano([interval(5, 15)])).toBe(10)
    expect(coveredNano([interval(5, 15), interval(0, 10)])).toBe(15)
    expect(coveredNano([interval(0, 10), interval(10, 20), interval(30, 31)])).toBe(21)
    expect(coveredNano([interval(0, 100), interval(10, 20)])).toBe(100)
  })

  it('counts nothing for what ends before it starts', () => {
    expect(coveredNano([interval(10, 5)])).toBe(0)
    expect(coveredNano([interval(0, 20), interval(15, 5)])).toBe(20)
  })
})

describe('uncoveredNano', () => {
  it('leaves out what others cover', () => {
    expect(uncoveredNano([interval(0, 10)], [])).toBe(10)
    expect(uncoveredNano([interval(0, 10)], [interval(2, 4), interval(3, 6)])).toBe(6)
    expect(uncoveredNano([interval(0, 10)], [interval(8, 40)])).toBe(8)
    expect(uncoveredNano([interval(0, 10)], [interval(20, 40)])).toBe(10)
  })
})

it('agrees with counting one nanosecond after the other', () => {
  const some = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -3, max: 8 }))
      .map(([from, length]) => interval(from, from + length)),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(some, some, (intervals, others) => {
      const has = (list: typeof intervals, at: number) =>
        list.some(({ startNano, endNano }) => startNano <= at && at < endNano)
      const all = Array.from({ length: 40 }, (_, at) => at)
      expect(coveredNano(intervals)).toBe(all.filter(at => has(intervals, at)).length)
      expect(uncoveredNano(intervals, others)).toBe(
        all.filter(at => has(intervals, at) && !has(others, at)).length,
      )
    }),
  )
})
