import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnAt, makeScale, nanoAt } from './scale.ts'

describe('makeScale', () => {
  it('is straight where nothing is folded', () => {
    const scale = makeScale({ startNano: -100, endNano: 300 })
    expect([-100, 0, 100, 300].map(nano => drawnAt(scale, nano))).toEqual([0, 0.25, 0.5, 1])
  })

  it('gives a fold its fixed width, and the rest to what is left', () => {
    const scale = makeScale({ startNano: 0, endNano: 1000 }, [{ startNano: 100, endNano: 900 }])
    expect(drawnAt(scale, 100)).toBeCloseTo(0.475)
    expect(drawnAt(scale, 900)).toBeCloseTo(0.525)
    expect(drawnAt(scale, 500)).toBeCloseTo(0.5)
  })

  it('draws what lies outside at the ends', () => {
    const scale = makeScale({ startNano: 0, endNano: 100 })
    expect(drawnAt(scale, -1)).toBe(0)
    expect(drawnAt(scale, 101)).toBe(1)
    expect(nanoAt(scale, -0.1)).toBe(0)
    expect(nanoAt(scale, 1.1)).toBe(100)
  })

  it('has a width even for a trace of no length', () => {
    const scale = makeScale({ startNano: 0, endNano: 0 })
    expect(drawnAt(scale, 0)).toBe(0)
    expect(scale.endNano).toBe(1)
  })

  it('ends at 1 even where the shares of its pieces add up to a little more', () => {
    const folds = [
      { startNano: 14_787, endNano: 76_160 },
      { startNano: 193_648, endNano: 924_128 },
    ]
    const scale = makeScale({ startNano: 0, endNano: 1_000_000 }, folds)
    expect(drawnAt(scale, 1_000_000)).toBe(1)
    expect(drawnAt(scale, 1_000_001)).toBe(1)
  })

  it('keeps the order of times, and finds the way back', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 999_999 }), { minLength: 0, maxLength: 12 })
    fc.assert(
      fc.property(cuts, fc.integer({ min: 0, max: 1_000_000 }), (unsorted, nano) => {
        const sorted = unsorted.toSorted((a, b) => a - b)
        const folds = sorted.flatMap((endNano, i) =>
          i % 2 ? [{ startNano: sorted[i - 1] ?? 0, endNano }] : [],
        )
        const scale = makeScale({ startNano: 0, endNano: 1_000_000 }, folds)
        expect(drawnAt(scale, nano)).toBeLessThanOrEqual(drawnAt(scale, nano + 1000))
        expect(nanoAt(scale, drawnAt(scale, nano))).toBeCloseTo(nano, 3)
        expect(scale.pieces.at(-1)?.to).toBe(1)
      }),
    )
  })
})
