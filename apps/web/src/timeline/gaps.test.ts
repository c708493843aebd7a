import { describe, expect, it } from 'vitest'
import { foldableGaps } from './gaps.ts'

const whole = { startNano: 0, endNano: 1000 }

describe('foldableGaps', () => {
  it('folds a gap that is longer than all the work', () => {
    const busy = [
      { startNano: 0, endNano: 100 },
      { startNano: 900, endNano: 1000 },
    ]
    expect(foldableGaps(whole, busy)).toEqual([{ startNano: 150, endNano: 850 }])
  })

  it('leaves a gap that is exactly as long as the work, and folds the first longer one', () => {
    const atLimit = [
      { startNano: 0, endNano: 250 },
      { startNano: 750, endNano: 1000 },
    ]
    const over = [
      { startNano: 0, endNano: 250 },
      { startNano: 751, endNano: 1000 },
    ]
    expect(foldableGaps(whole, atLimit)).toEqual([])
    expect(foldableGaps(whole, over)).toHaveLength(1)
  })

  it('knows no gap where spans overlap, whatever their order', () => {
    const busy = [
      { startNano: 500, endNano: 1000 },
      { startNano: 0, endNano: 600 },
    ]
    expect(foldableGaps(whole, busy)).toEqual([])
  })

  it('folds the wait before the trace began', () => {
    const before = { startNano: -9000, endNano: 1000 }
    expect(foldableGaps(before, [{ startNano: 0, endNano: 1000 }])).toEqual([
      { startNano: -8750, endNano: -250 },
    ])
  })

  it('leaves at least a third of the width to the work', () => {
    const busy = Array.from({ length: 10 }, (_, i) => ({ startNano: i * 100, endNano: i * 100 + 10 }))
    const folds = foldableGaps(whole, busy)
    const left = 1000 - folds.reduce((sum, fold) => sum + fold.endNano - fold.startNano, 0)
    expect(100 / left).toBeGreaterThan(1 / 3)
  })
})
