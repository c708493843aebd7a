import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { StoredSpan } from '../story-store.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { findTraces } from './search.ts'

/** How long each trace takes, in milliseconds; 3 and 5 take equally long. */
const lengths = [40, 900, 120, 5000, 120, 0, 60_000, 130] as const

/** Traces ten seconds apart; the even ones have an orphan, the last one ends long after the others. */
const stories = Object.fromEntries(
  lengths.map((length, place): [number, readonly StoredSpan[]] => {
    const start = place * 10_000
    const root: StoredSpan = { id: 1, at: [start, start + 10 * Math.min(length, 1)], service: 'shop' }
    const work: StoredSpan = {
      id: 2,
      parent: place % 2 === 1 ? 9 : 1,
      at: [start, start + length],
      service: length >= 120 ? 'slow' : 'fast',
      attributes: { 'order.id': place + 1 },
    }
    return [place + 1, [root, work]]
  }),
)

const slowest = [7, 4, 2, 8, 5, 3, 1, 6]

describe('findTraces, slowest first', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(stories))
  })
  after(() => close())

  async function pages(text: string, limit: number, range = storyHour): Promise<readonly number[]> {
    const found: number[] = []
    let cursor: string | undefined
    do {
      const page = await findTraces(reader, {
        query: parseQuery(text),
        range,
        limit,
        order: 'slowest',
        ...(cursor !== undefined && { cursor }),
      })
      assert.ok(page.traces.length <= limit)
      found.push(...page.traces.map(({ traceId }) => Number.parseInt(traceId, 16)))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return found
  }

  for (const limit of [1, 3, 7, 8, 9])
    it(`gives every trace once, ${limit} a page; of one duration the greater id first`, async () => {
      assert.deepEqual(await pages('', limit), slowest)
      assert.deepEqual(await pages('service:shop', limit), slowest)
    })

  it('gives those that match: by a service, an attribute, another span of the trace, what lacks its parent', async () => {
    assert.deepEqual(await pages('service:slow', 2), [7, 4, 2, 8, 5, 3])
    assert.deepEqual(await pages('order.id:1', 2), [1])
    assert.deepEqual(await pages('service:shop {service:fast}', 2), [1, 6])
    assert.deepEqual(await pages('is:orphan', 2), [4, 2, 8, 6])
    assert.deepEqual(await pages('service:nobody', 2), [])
  })

  it('leaves out what lies outside of the range', async () => {
    const [from, to] = [35_000n, 65_000n].map(ms => String(BigInt(storyHour.startUnixNano) + ms * 1_000_000n))
    const range = { startUnixNano: from as string, endUnixNano: to as string }
    assert.deepEqual(await pages('', 5, range), [7, 5, 6])
    assert.deepEqual(await pages('service:shop', 5, range), [7, 5, 6])
  })

  it('refuses a cursor of another order', async () => {
    const request = { query: parseQuery(''), range: storyHour, limit: 2 }
    const newest = await findTraces(reader, request)
    for (const cursor of [newest.nextCursor ?? '', '', 'slowest-1', `slowest-${2n ** 63n}-${'0'.repeat(32)}`])
      await assert.rejects(findTraces(reader, { ...request, order: 'slowest', cursor }), {
        code: 'BAD_PARAMETER',
      })
    await assert.rejects(findTraces(reader, { ...request, cursor: `slowest-5-${'1'.repeat(32)}` }), {
      code: 'BAD_PARAMETER',
    })
  })
})
