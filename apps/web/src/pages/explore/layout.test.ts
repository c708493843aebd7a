import { describe, expect, it } from 'vitest'
import { axisTimes, barOf, rangeOfDrag } from './histogram-layout.ts'
import { rangeText } from './range-text.ts'
import { changed, rangeOf, readExploreSearch } from './search.ts'

describe('the histogram', () => {
  const histogram = {
    stepMs: 1000,
    startUnixMs: 10_000,
    buckets: new Array(10).fill({ traces: 0, errors: 0 }),
    total: 0,
  }

  it('draws a bar for the least of traces, and none for none', () => {
    expect(barOf({ traces: 0, errors: 0 }, 1000)).toEqual({ percent: 0, errorPercent: 0 })
    expect(barOf({ traces: 1, errors: 1 }, 1000)).toEqual({ percent: 4, errorPercent: 100 })
    expect(barOf({ traces: 500, errors: 250 }, 1000)).toEqual({ percent: 50, errorPercent: 50 })
  })

  it('has both ends on its axis', () => {
    expect(axisTimes(histogram, 3)).toEqual([10_000, 15_000, 20_000])
  })

  it('takes whole buckets of a drag, in either direction, and nothing of a click', () => {
    const range = { startUnixMs: 12_000, endUnixMs: 15_000 }
    expect(rangeOfDrag(histogram, 0.21, 0.45)).toEqual(range)
    expect(rangeOfDrag(histogram, 0.45, 0.21)).toEqual(range)
    expect(rangeOfDrag(histogram, 0.5, 0.524)).toBeUndefined()
    expect(rangeOfDrag(histogram, 0.5, 0.525)).toEqual({ startUnixMs: 15_000, endUnixMs: 16_000 })
  })
})

describe('the address of Explore', () => {
  it('keeps texts that it knows', () => {
    expect(readExploreSearch({ q: 'a', last: '2d', view: 'table', other: '1' })).toEqual({
      q: 'a',
      last: '2d',
      view: 'table',
    })
    expect(readExploreSearch({ q: '', view: 'cards', start: 5 })).toEqual({})
  })

  it('searches the last hour where it names no range, and never two ranges', () => {
    expect(rangeOf({}).last).toBe('1h')
    expect(rangeOf({ last: '2d', start: '2025-11-21T09:00:00Z' }).last).toBeUndefined()
  })

  it('loses what is taken out of it', () => {
    expect(changed({ q: 'a', last: '2d' }, { q: undefined, view: 'table' })).toEqual({
      last: '2d',
      view: 'table',
    })
  })
})

describe('rangeText', () => {
  it('says a range as people do', () => {
    expect(rangeText({})).toBe('Last 1 h')
    expect(rangeText({ last: '7d' })).toBe('Last 7 days')
    expect(rangeText({ last: '90m' })).toBe('Last 90m')
    const start = new Date(2020, 0, 2, 14, 0, 0).toISOString()
    const end = new Date(2020, 0, 2, 15, 30, 0).toISOString()
    expect(rangeText({ start, end })).toBe('Jan 2, 2020 14:00:00 – 15:30:00')
    expect(rangeText({ start })).toBe('Jan 2, 2020 14:00:00 – now')
  })
})
