import { describe, expect, it } from 'vitest'
import { isWhole, offScreen, onScreen, pan, wholeWindow, windowBetween, zoom } from './window.ts'

describe('zoom', () => {
  it('keeps what is under the pointer where it is', () => {
    const zoomed = zoom(wholeWindow, 0.5, 0.8)
    expect(onScreen(zoomed, 0.8)).toBeCloseTo(0.8)
    expect(zoomed.to - zoomed.from).toBeCloseTo(0.5)
  })

  it('never shows more than everything, nor less than the smallest part', () => {
    expect(isWhole(zoom({ from: 0.2, to: 0.4 }, 100))).toBe(true)
    const deepest = zoom({ from: 0.5, to: 0.5 + 1e-6 }, 0.1)
    expect(deepest.to - deepest.from).toBeCloseTo(1e-6)
  })
})

describe('pan', () => {
  it('moves by parts of what is shown and stops at the ends', () => {
    expect(pan({ from: 0.25, to: 0.5 }, 1)).toEqual({ from: 0.5, to: 0.75 })
    expect(pan({ from: 0.25, to: 0.5 }, -9)).toEqual({ from: 0, to: 0.25 })
    expect(pan({ from: 0.25, to: 0.5 }, 9)).toEqual({ from: 0.75, to: 1 })
    expect(pan(wholeWindow, 0.3)).toEqual(wholeWindow)
  })
})

describe('windowBetween', () => {
  it('takes two places in any order, and none where they are one', () => {
    expect(windowBetween(0.75, 0.25)).toEqual({ from: 0.25, to: 0.75 })
    expect(windowBetween(0.5, 0.5)).toBeUndefined()
  })
})

it('offScreen undoes onScreen', () => {
  const window = { from: 0.2, to: 0.7 }
  expect(offScreen(window, onScreen(window, 0.31))).toBeCloseTo(0.31)
})
