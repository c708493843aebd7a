import { describe, expect, it } from 'vitest'
import type { GraphBox, GraphTie, Rect } from './layout.ts'
import { curve, placeGraph } from './layout.ts'

const boxes = (...ids: readonly string[]): readonly GraphBox[] =>
  ids.map(id => ({ id, width: 100, height: 40 }))
const ties = (...pairs: readonly string[]): readonly GraphTie[] =>
  pairs.map(pair => ({ id: pair, from: pair[0] ?? '', to: pair[1] ?? '' }))
const overlap = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

describe('placeGraph', () => {
  it('places causes left of what they caused, and nothing on anything', () => {
    const { boxes: placed } = placeGraph(boxes('a', 'b', 'c', 'd'), ties('ab', 'ac', 'bd', 'cd'))
    const x = (id: string) => placed.get(id)?.x ?? 0
    expect(x('a')).toBeLessThan(x('b'))
    expect(x('b')).toBe(x('c'))
    expect(x('c')).toBeLessThan(x('d'))
    const all = [...placed.values()]
    for (const [i, one] of all.entries())
      for (const other of all.slice(i + 1)) expect(overlap(one, other)).toBe(false)
  })

  it('gives the same picture for the same graph', () => {
    const draw = () => placeGraph(boxes('a', 'b', 'c'), ties('ab', 'ac', 'cb'))
    expect(draw()).toEqual(draw())
  })

  it('keeps the order of the ties where it is asked to', () => {
    const y = (id: string, order: readonly string[]) =>
      placeGraph(boxes('a', 'b', 'c'), ties(...order), { keepOrder: true }).boxes.get(id)?.y ?? 0
    expect(y('b', ['ab', 'ac'])).toBeLessThan(y('c', ['ab', 'ac']))
    expect(y('b', ['ac', 'ab'])).toBeGreaterThan(y('c', ['ac', 'ab']))
  })

  it('leaves and reaches boxes where the tie says, and keeps room for its label', () => {
    const tie = { id: 't', from: 'a', to: 'b', fromY: 10, toY: 30, label: { width: 80, height: 16 } }
    const { boxes: placed, ties: lines } = placeGraph(boxes('a', 'b'), [tie])
    const [a, b] = [placed.get('a'), placed.get('b')] as [Rect, Rect]
    const line = lines.get('t')
    expect(line?.path.startsWith(`M${a.x + 100} ${a.y + 10}`)).toBe(true)
    expect(line?.path.endsWith(`${b.x} ${b.y + 30}`)).toBe(true)
    const room = { x: (line?.label.x ?? 0) - 40, y: (line?.label.y ?? 0) - 8, width: 80, height: 16 }
    expect(overlap(room, a) || overlap(room, b)).toBe(false)
  })

  it('draws a circle, with the line that leads back on the other sides', () => {
    const { boxes: placed, ties: lines } = placeGraph(boxes('a', 'b'), ties('ab', 'ba'))
    const [a, b] = [placed.get('a'), placed.get('b')] as [Rect, Rect]
    expect(a.x).toBeLessThan(b.x)
    expect(lines.get('ba')?.path.startsWith(`M${b.x} `)).toBe(true)
    expect(lines.get('ba')?.path.endsWith(`${a.x + a.width} ${a.y + 20}`)).toBe(true)
  })

  it('places nothing and one thing', () => {
    expect(placeGraph([], [])).toMatchObject({ width: 0, height: 0 })
    expect(placeGraph(boxes('a'), []).boxes.get('a')).toEqual({ x: 24, y: 24, width: 100, height: 40 })
  })
})

describe('curve', () => {
  it('is straight where it is level, and leaves and reaches each point level', () => {
    expect(
      curve([
        { x: 0, y: 5 },
        { x: 10, y: 5 },
      ]),
    ).toBe('M0 5L10 5')
    expect(
      curve([
        { x: 0, y: 0 },
        { x: 10, y: 20 },
      ]),
    ).toBe('M0 0C5 0 5 20 10 20')
    expect(curve([])).toBe('')
  })
})
