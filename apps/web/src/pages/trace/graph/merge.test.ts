import type { StorySpan } from '@waybill/model/story'
import { describe, expect, it } from 'vitest'
import type { MergeLimits } from './merge.ts'
import { mergeRows } from './merge.ts'
import { modelOf, ofMessage } from './test-stories.ts'

const limits: MergeLimits = { always: 4, comfortable: 80, most: 240 }
const merged = (spans: readonly StorySpan[], own = limits) => mergeRows(modelOf(spans).tree.rows, own)
const told = (spans: readonly StorySpan[], own = limits) =>
  merged(spans, own).nodes.map(({ kind, parent, spanCount }) => [kind, parent, spanCount])

const children = (count: number, more: Partial<StorySpan> = {}): readonly StorySpan[] => [
  { id: 1, at: [0, 100] },
  ...Array.from({ length: count }, (_, i) => ({
    id: i + 2,
    parent: 1,
    name: 'step',
    at: [i, i + 5] as const,
    ...more,
  })),
]

describe('mergeRows', () => {
  it('leaves three of one name alone, and makes four of them one', () => {
    expect(told(children(3))).toEqual([
      ['span', -1, 1],
      ['span', 0, 1],
      ['span', 0, 1],
      ['span', 0, 1],
    ])
    expect(told(children(4))).toEqual([
      ['span', -1, 1],
      ['span', 0, 4],
    ])
  })

  it('tells apart by service, kind and name', () => {
    const own = [...children(4), { id: 20, parent: 1, name: 'step', service: 'other', at: [9, 10] as const }]
    expect(told(own)).toEqual([
      ['span', -1, 1],
      ['span', 0, 4],
      ['span', 0, 1],
    ])
  })

  it('makes what hangs under several one in turn', () => {
    const below = [2, 3, 4, 5].map(parent => ({
      id: parent + 10,
      parent,
      name: 'inner',
      at: [1, 2] as const,
    }))
    expect(told([...children(4), ...below])).toEqual([
      ['span', -1, 1],
      ['span', 0, 4],
      ['span', 1, 4],
    ])
  })

  it('makes two of one name one where there would be too many', () => {
    const own = { ...limits, comfortable: 3 }
    expect(told(children(2), own)).toEqual([
      ['span', -1, 1],
      ['span', 0, 1],
      ['span', 0, 1],
    ])
    expect(told(children(3), own)).toEqual([
      ['span', -1, 1],
      ['span', 0, 3],
    ])
    expect(merged(children(3), own).mergedFrom).toBe(2)
  })

  it('leaves out what is farthest from the root, and says how many spans that is', () => {
    const chain = Array.from(
      { length: 10 },
      (_, i): StorySpan => ({
        id: i + 1,
        ...(i > 0 && { parent: i }),
        name: `step ${i}`,
        at: [i, 20],
      }),
    )
    const { nodes, nodeOfRow } = merged(chain, { always: 4, comfortable: 3, most: 4 })
    expect(nodes.map(({ kind, spanCount }) => [kind, spanCount])).toEqual([
      ['span', 1],
      ['span', 1],
      ['span', 1],
      ['span', 1],
      ['rest', 6],
    ])
    expect([...nodeOfRow]).toEqual([0, 1, 2, 3, -1, -1, -1, -1, -1, -1])
  })

  it('has one destination for all messages that a span sends there', () => {
    const send = { id: 1, kind: 'producer', at: [0, 1], attributes: ofMessage('send', 'orders') } as const
    const process = (id: number): StorySpan => ({
      id,
      parent: 1,
      service: `service ${id}`,
      kind: 'consumer',
      at: [id * 10, id * 10 + 5],
      attributes: ofMessage('process', 'orders'),
    })
    expect(told([send, process(2), process(3)])).toEqual([
      ['span', -1, 1],
      ['message', 0, 0],
      ['span', 1, 1],
      ['span', 1, 1],
    ])
  })

  it('makes 50,000 spans few', () => {
    const spans = Array.from(
      { length: 50_000 },
      (_, i): StorySpan => ({
        id: i + 1,
        ...(i > 0 && { parent: Math.floor((i - 1) / 8) + 1 }),
        name: `step ${i % 300}`,
        service: `service ${i % 7}`,
        at: [i, i + 20],
      }),
    )
    const { rows } = modelOf(spans).tree
    const { nodes } = mergeRows(rows)
    expect(nodes.filter(({ kind }) => kind !== 'rest').length).toBeLessThanOrEqual(240)
    expect(nodes.reduce((sum, { spanCount }) => sum + spanCount, 0)).toBe(50_000)
  })
})
