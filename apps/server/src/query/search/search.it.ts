import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { queryStories } from '../query-stories.ts'
import type { StoredSpan } from '../story-store.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { findTraces } from './search.ts'
import { findSpans } from './spans.ts'

const request = (text: string, limit = 20, cursor?: string) => ({
  query: parseQuery(text),
  range: storyHour,
  limit,
  ...(cursor !== undefined && { cursor }),
})

/** The number of a story's trace. */
const numberOf = (traceId: string) => Number.parseInt(traceId, 16)

describe('findTraces', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  it('sums up what it finds, newest first', async () => {
    const { traces, nextCursor } = await findTraces(reader, request('topic:orders'))
    assert.equal(nextCursor, undefined)
    assert.deepEqual(
      traces.map(trace => numberOf(trace.traceId)),
      [3, 2, 1],
    )
    const order = traces[2]
    assert.equal(order?.rootService, 'shop')
    assert.equal(order?.rootName, 'POST /orders')
    assert.equal(order?.spanCount, 5)
    assert.equal(order?.errorCount, 2)
    assert.equal(order?.messageCount, 2)
    assert.equal(order?.waitedNano, 2_000_000_000)
    assert.deepEqual(
      order?.path.map(step => step.name),
      ['shop', 'orders', 'billing', 'orders.dlq'],
    )
    assert.ok(order?.shape.some(part => part.kind === 'wait' && part.name === 'orders'))
  })

  it('shows what a batch waited for in other traces', async () => {
    const { traces } = await findTraces(reader, request('service:audit'))
    assert.equal(traces[0]?.messageCount, 2)
    assert.equal(traces[0]?.waitedNano, 40_980_000_000)
  })

  it('finds attributes of resources as well as of spans', async () => {
    for (const [text, numbers] of [
      ['host.name:h1', [1]],
      ['user.id:u1', [1]],
      ['user.id:u1 host.name:h1 @http.response.status_code:200', [1]],
      ['exception.type:CardDeclined', [1]],
      ['user.id:u1 host.name:h2', []],
    ] as const) {
      const { traces } = await findTraces(reader, request(text))
      assert.deepEqual(
        traces.map(trace => numberOf(trace.traceId)),
        numbers,
        text,
      )
    }
  })

  it('finds nothing where nothing matches', async () => {
    assert.deepEqual((await findTraces(reader, request('service:nobody'))).traces, [])
  })

  it('refuses a cursor that it did not give', async () => {
    for (const cursor of ['', 'x', '1-2', `${2n ** 63n}-${'0'.repeat(32)}`])
      await assert.rejects(findTraces(reader, request('', 5, cursor)), { code: 'BAD_PARAMETER' })
  })

  it('counts of a large trace all spans, though it draws only the first', async () => {
    const { traces } = await findTraces(reader, request('service:tick'))
    assert.equal(traces[0]?.spanCount, 201)
    assert.deepEqual(traces[0]?.services, [{ name: 'tick', spanCount: 201, errorCount: 0 }])
  })
})

describe('findSpans', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  it('gives spans newest first, a batch once', async () => {
    const { spans } = await findSpans(reader, request('has:offset topic:orders'))
    assert.deepEqual(
      spans.map(span => `${numberOf(span.traceId)}.${numberOf(span.spanId)} ${span.kind} ${span.status}`),
      ['3.1 consumer unset', '1.3 consumer error', '2.1 producer unset', '1.2 producer unset'],
    )
    assert.equal(spans[1]?.durationNano, 180_000_000)
  })

  it('gives every span once over all pages', async () => {
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await findSpans(reader, request('service:tick', 7, cursor))
      ids.push(...page.spans.map(span => span.spanId))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    assert.equal(ids.length, 201)
    assert.equal(new Set(ids).size, 201)
    assert.deepEqual(ids, ids.toSorted().reverse())
  })
})

describe('pages of traces', () => {
  const count = 60
  /** Traces a second apart. Every third ends with a span half a minute later; two start at the same time. */
  const stories = Object.fromEntries(
    Array.from({ length: count }, (_, i): [number, readonly StoredSpan[]] => {
      const start = (i === 1 ? 0 : i) * 1000
      const late = { id: 2, parent: 1, at: [start + 30_000, start + 30_100], service: 'late' } as const
      return [i + 1, [{ id: 1, at: [start, start + 10], service: 'early' }, ...(i % 3 === 0 ? [late] : [])]]
    }),
  )
  const newestFirst = Array.from({ length: count }, (_, i) => count - i)
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(stories))
  })
  after(() => close())

  async function pages(text: string, limit: number): Promise<readonly number[]> {
    const found: number[] = []
    let cursor: string | undefined
    do {
      const page = await findTraces(reader, request(text, limit, cursor))
      assert.ok(page.traces.length <= limit)
      found.push(...page.traces.map(trace => numberOf(trace.traceId)))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return found
  }

  for (const limit of [1, 7, 59, 60, 61])
    it(`hold every trace once, by its start, ${limit} a page`, async () => {
      assert.deepEqual(await pages('', limit), newestFirst)
    })

  for (const query of ['service:late', '{service:late}', 'kind:internal {service:late}'])
    it(`hold traces that match long after their start: ${query}`, async () => {
      assert.deepEqual(
        await pages(query, 4),
        newestFirst.filter(number => number % 3 === 1),
      )
    })
})
