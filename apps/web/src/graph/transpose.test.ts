import { describe, expect, it } from 'vitest'
import type { LayeredGraph } from './transpose.ts'
import { transpose } from './transpose.ts'

/** A graph from its layers, in order, and its ties; and the layers as they stand now. */
function graphOf(layers: readonly string[], ties: readonly string[]) {
  const nodes = new Map<string, { rank: number; order: number }>()
  for (const [rank, layer] of layers.entries())
    for (const [order, id] of [...layer].entries()) nodes.set(id, { rank, order })
  const ends = (id: string, own: 0 | 1, other: 0 | 1) =>
    ties.flatMap(tie => (tie[own] === id ? [tie[other] ?? ''] : []))
  const graph: LayeredGraph = {
    nodes: () => [...nodes.keys()],
    node: id => nodes.get(id) ?? {},
    predecessors: id => ends(id, 1, 0),
    successors: id => ends(id, 0, 1),
  }
  const now = () =>
    layers.map((_, rank) =>
      [...nodes]
        .filter(([, place]) => place.rank === rank)
        .sort((a, b) => a[1].order - b[1].order)
        .map(([id]) => id)
        .join(''),
    )
  return { graph, now }
}

describe('transpose', () => {
  it('swaps neighbours whose lines cross', () => {
    const { graph, now } = graphOf(['ab', 'yx'], ['ax', 'by'])
    transpose(graph)
    // Either layer will do: the first is looked at first.
    expect(now()).toEqual(['ba', 'yx'])
  })

  it('looks at both sides, and goes on as long as it helps', () => {
    const { graph, now } = graphOf(['abc', 'zyx', 'pqr'], ['ax', 'by', 'cz', 'xp', 'yq', 'zr'])
    transpose(graph)
    // Each of the three chains is straight, whichever comes first.
    expect(now()).toEqual(['bca', 'yzx', 'qrp'])
  })

  it('leaves alone what it cannot better', () => {
    const { graph, now } = graphOf(['ab', 'xy'], ['ax', 'ay', 'bx', 'by'])
    transpose(graph)
    expect(now()).toEqual(['ab', 'xy'])
  })
})
