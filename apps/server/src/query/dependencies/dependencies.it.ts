import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { DependenciesResponse } from '@waybill/api'
import type { Reader } from '../../store/engine.ts'
import type { Stories } from '../story-store.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { getDependencies } from './dependencies.ts'

const hourMs = 3_600_000

/** Traces of one call each, a day later. */
const manyCalls = Object.fromEntries(
  Array.from({ length: 100 }, (_, i) => [
    100 + i,
    [
      { id: 1, at: [24 * hourMs, 24 * hourMs], service: 'many', kind: 'client' },
      { id: 2, parent: 1, at: [24 * hourMs, 24 * hourMs], service: 'called', kind: 'server', error: true },
    ],
  ]),
) satisfies Stories

const stories: Stories = {
  ...manyCalls,
  // A call whose failure only the client has seen, and work inside of a service
  1: [
    { id: 1, at: [0, 100], service: 'shop', kind: 'server' },
    { id: 2, parent: 1, at: [10, 90], service: 'shop' },
    { id: 3, parent: 2, at: [20, 80], service: 'shop', kind: 'client', error: true },
    { id: 4, parent: 3, at: [30, 70], service: 'stock', kind: 'server' },
    // Reported twice
    { id: 4, parent: 3, at: [30, 70], service: 'stock', kind: 'server' },
    { id: 5, parent: 77, at: [30, 70], service: 'orphan', kind: 'server' },
  ],
  // A message by its parent, which it links to as well; its consumer fails
  2: [
    { id: 1, at: [0, 10], service: 'shop', kind: 'producer' },
    {
      id: 2,
      parent: 1,
      at: [500, 600],
      service: 'billing',
      kind: 'consumer',
      links: [{ id: 1 }],
      error: true,
    },
  ],
  // A batch that links to sends of two traces, and to one that is not stored
  3: [{ id: 1, at: [0, 10], service: 'shop', kind: 'producer' }],
  4: [
    {
      id: 1,
      at: [900, 950],
      service: 'billing',
      kind: 'consumer',
      links: [
        { trace: 2, id: 1 },
        { trace: 3, id: 1 },
        { trace: 99, id: 1 },
      ],
    },
  ],
  // Halves of calls that share their ids; the first has no parent
  6: [
    { id: 1, at: [0, 90], service: 'old-web', kind: 'client', error: true },
    { id: 1, at: [10, 80], service: 'old-app', kind: 'server' },
    { id: 2, parent: 1, at: [20, 70], service: 'old-app' },
    { id: 3, parent: 1, at: [30, 70], service: 'old-app', kind: 'client' },
    { id: 3, parent: 1, at: [40, 60], service: 'old-db', kind: 'server' },
    { id: 4, parent: 3, at: [50, 60], service: 'old-disk' },
  ],
  // In the next hour: a call whose caller started in this one
  5: [
    { id: 1, at: [hourMs - 1, hourMs + 100], service: 'shop', kind: 'client' },
    { id: 2, parent: 1, at: [hourMs, hourMs + 50], service: 'stock', kind: 'server' },
  ],
}

const rows = ({ links }: DependenciesResponse) =>
  links.map(({ parent, child, callCount, errorCount }) => [parent, child, callCount, errorCount])

describe('getDependencies', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(stories))
  })
  after(() => close())

  it('counts calls by parents and messages by parents and links, each once', async () => {
    assert.deepEqual(rows(await getDependencies(reader, { range: storyHour })), [
      ['shop', 'billing', 3, 1],
      ['old-app', 'old-db', 1, 0],
      ['old-db', 'old-disk', 1, 0],
      ['old-web', 'old-app', 1, 1],
      ['shop', 'stock', 1, 1],
    ])
  })

  it('tells messages from calls', async () => {
    const { links } = await getDependencies(reader, { range: storyHour })
    assert.deepEqual(
      links.map(({ parent, child, messageCount }) => [parent, child, messageCount]),
      [
        ['shop', 'billing', 3],
        ['old-app', 'old-db', undefined],
        ['old-db', 'old-disk', undefined],
        ['old-web', 'old-app', undefined],
        ['shop', 'stock', undefined],
      ],
    )
  })

  it('counts what was called within the range, whenever the caller started', async () => {
    const start = BigInt(storyHour.endUnixNano)
    const range = { startUnixNano: String(start), endUnixNano: String(start + 1n) }
    assert.deepEqual(rows(await getDependencies(reader, { range })), [['shop', 'stock', 1, 0]])
    const before = { startUnixNano: '0', endUnixNano: storyHour.startUnixNano }
    assert.deepEqual(await getDependencies(reader, { range: before }), { links: [] })
  })

  it('counts in parts where there are many spans, and some parts for all where there are more', async () => {
    const start = BigInt(storyHour.startUnixNano) + BigInt(24 * hourMs) * 1_000_000n
    const range = { startUnixNano: String(start), endUnixNano: String(start + 1n) }
    assert.deepEqual(rows(await getDependencies(reader, { range })), [['many', 'called', 100, 100]])
    for (const between of ['services', 'peers'] as const) {
      const inParts = await getDependencies(reader, { range, between }, 150)
      assert.deepEqual(inParts, {
        links: [{ parent: 'many', child: 'called', callCount: 100, errorCount: 100 }],
      })
      const { links, sampled } = await getDependencies(reader, { range, between }, 10)
      const [link] = links
      assert.ok(sampled)
      assert.ok(link !== undefined && link.callCount > 30 && link.callCount < 200)
      assert.equal(link.errorCount, link.callCount)
    }
  })
})
