import { describe, expect, it } from 'vitest'
import { labelWidthPx, placeLabel } from './label.ts'
import { minimapBars } from './minimap.ts'

const lane = 500
const text = '128 ms'
const width = labelWidthPx(text)

describe('placeLabel', () => {
  it('stands after the bar as long as it fits, then before it', () => {
    const last = lane - 6 - width
    expect(placeLabel(100, last, lane, text, false)).toEqual({ side: 'after', at: last + 6 })
    expect(placeLabel(100, last + 1, lane, text, false)).toEqual({ side: 'before', at: lane - 100 + 6 })
  })

  it('stands inside where there is room on neither side', () => {
    expect(placeLabel(0, lane, lane, text, false)).toEqual({ side: 'inside', at: 6 })
    expect(placeLabel(-900, 2 * lane, lane, text, false)).toEqual({ side: 'inside', at: 6 })
  })

  it('stands inside a bar that is wide enough and prefers it', () => {
    expect(placeLabel(50, 50 + width + 13, lane, text, true).side).toBe('inside')
    expect(placeLabel(50, 50 + width + 12, lane, text, true).side).toBe('after')
  })
})

describe('minimapBars', () => {
  it('draws a line a row while there is room', () => {
    const bars = minimapBars(Float64Array.from([0, 0.5, 0.5, 1]), 100, 44)
    expect(bars).toEqual([
      { x: 0, y: 4, width: 50, height: 3, row: 0 },
      { x: 50, y: 8, width: 50, height: 3, row: 1 },
    ])
  })

  it('keeps every line inside, and draws rows on the same pixels once', () => {
    const ends = Float64Array.from({ length: 100_000 }, (_, i) => (i % 2 ? 1 : 0.999))
    const bars = minimapBars(ends, 300, 44)
    expect(bars.length).toBeLessThan(100)
    for (const bar of bars) expect(bar.y + bar.height).toBeLessThanOrEqual(44)
  })
})
