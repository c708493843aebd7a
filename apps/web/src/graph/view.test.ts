import { describe, expect, it } from 'vitest'
import { firstView, nextIn, pan, reveal, wholeView, zoomAt } from './view.ts'

const frame = { width: 1000, height: 500 }
const first = { x: 0, y: 2000, width: 100, height: 40 }

describe('wholeView', () => {
  it('shows all of a large graph, and a small one as it is drawn', () => {
    expect(wholeView({ width: 2000, height: 500 }, frame)).toEqual({ x: 0, y: 125, scale: 0.5 })
    expect(wholeView({ width: 100, height: 100 }, frame)).toEqual({ x: 450, y: 200, scale: 1 })
  })
})

describe('firstView', () => {
  it('shows all of a graph whose names can be read then', () => {
    expect(firstView({ width: 1250, height: 300 }, frame, first).scale).toBe(0.8)
  })

  it('shows the beginning of one that is too wide', () => {
    expect(firstView({ width: 1500, height: 300 }, frame, first)).toEqual({ x: 0, y: 100, scale: 1 })
  })

  it('shows a low one at the top of a frame that is higher than wide', () => {
    const upright = { width: 390, height: 700 }
    expect(firstView({ width: 1500, height: 300 }, upright, first)).toEqual({ x: 0, y: 0, scale: 1 })
    expect(firstView({ width: 190, height: 300 }, upright, first)).toEqual({ x: 100, y: 0, scale: 1 })
    expect(firstView({ width: 190, height: 300 }, { width: 700, height: 700 }, first).y).toBe(200)
  })

  it('shows where a high one begins', () => {
    const view = firstView({ width: 800, height: 4000 }, frame, first)
    expect(view.y + 2020 * view.scale).toBeCloseTo(250)
  })
})

describe('zoomAt', () => {
  it('keeps the point under the pointer', () => {
    const view = zoomAt({ x: 10, y: 20, scale: 1 }, 2, { x: 110, y: 120 })
    expect(view).toEqual({ x: -90, y: -80, scale: 2 })
  })

  it('goes neither too far in nor too far out', () => {
    const start = { x: 0, y: 0, scale: 1 }
    expect(zoomAt(start, 100, { x: 0, y: 0 }).scale).toBe(2.5)
    expect(zoomAt(start, 0.001, { x: 0, y: 0 }).scale).toBe(0.05)
  })
})

describe('pan', () => {
  it('never loses the graph', () => {
    const graph = { width: 300, height: 300 }
    const start = { x: 0, y: 0, scale: 1 }
    expect(pan(start, 10, -20, graph, frame)).toEqual({ x: 10, y: -20, scale: 1 })
    expect(pan(start, 5000, 5000, graph, frame)).toEqual({ x: 936, y: 436, scale: 1 })
    expect(pan(start, -5000, -5000, graph, frame)).toEqual({ x: -236, y: -236, scale: 1 })
  })
})

describe('reveal', () => {
  it('moves as little as it has to', () => {
    const view = { x: 0, y: 0, scale: 1 }
    expect(reveal(view, { x: 100, y: 100, width: 100, height: 40 }, frame)).toEqual(view)
    expect(reveal(view, { x: 990, y: 100, width: 100, height: 40 }, frame)).toEqual({ ...view, x: -106 })
    expect(reveal(view, { x: -50, y: -50, width: 100, height: 40 }, frame)).toEqual({
      x: 66,
      y: 66,
      scale: 1,
    })
  })
})

describe('nextIn', () => {
  const at = (x: number, y: number) => ({ x, y, width: 100, height: 20 })
  const others = [at(0, 22), at(0, 44), at(200, 40), at(200, 0), at(-200, 0)]

  it('goes to the nearest that way', () => {
    expect(nextIn(at(0, 0), others, 'down')).toBe(0)
    expect(nextIn(at(0, 0), others, 'right')).toBe(3)
    expect(nextIn(at(0, 0), others, 'left')).toBe(4)
    expect(nextIn(at(0, 44), others, 'up')).toBe(0)
    expect(nextIn(at(0, 0), others, 'up')).toBeUndefined()
  })
})
