import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TraceId } from '@waybill/model'
import { storyTraceId } from '@waybill/model/story'
import type { Reader } from '../../store/engine.ts'
import type { StoredSpan } from '../story-store.ts'
import { storeStories } from '../story-store.ts'
import { getSpans } from './span-reads.ts'
import { getTraces, spansAtATime } from './traces-by-id.ts'

const minuteMs = 60_000
/** Two traces of the first minute, two of another day, and twenty that lie ten minutes apart each. */
const starts = [
  0,
  1_000,
  26 * 60 * minuteMs,
  26 * 60 * minuteMs + 5,
  ...Array.from({ length: 20 }, (_, i) => (i + 1) * 10 * minuteMs),
]
const stories = Object.fromEntries(
  starts.map((start, i): [number, StoredSpan[]] => [
    i + 1,
    [
      { id: 1, service: 'shop', at: [start, start + 10], resource: { 'host.name': `host-${i % 2}` } },
      { id: 2, parent: 1, service: `service-${i % 3}`, at: [start + 1, start + 5], attributes: { i } },
    ],
  ]),
)
/** As many spans as a trace may have, and one more. */
const large = {
  101: Array.from({ length: spansAtATime }, (_, i): StoredSpan => ({ id: i + 1, at: [i, i + 1] })),
  102: Array.from({ length: spansAtATime + 1 }, (_, i): StoredSpan => ({ id: i + 1, at: [i, i + 1] })),
}
const ids = starts.map((_, i) => storyTraceId(i + 1))

let reader: Reader
let close: () => Promise<void>
before(async () => {
  ;({ reader, close } = await storeStories({ ...stories, ...large }))
})
after(() => close())

test('many traces at once are what each is by itself', async () => {
  const traces = await getTraces(reader, ids)
  assert.deepEqual([...traces.keys()].sort(), [...ids].sort())
  for (const traceId of ids) assert.deepEqual(traces.get(traceId), await getSpans(reader, traceId))
})

test('those that are not stored are left out, and none is none', async () => {
  const traces = await getTraces(reader, [storyTraceId(999), storyTraceId(2)])
  assert.deepEqual([...traces.keys()], [storyTraceId(2)])
  assert.equal((await getTraces(reader, [])).size, 0)
  assert.equal((await getTraces(reader, ['f'.repeat(32) as TraceId])).size, 0)
})

test('one that is too large to be held with others is left out', async () => {
  const [taken, left] = [storyTraceId(101), storyTraceId(102)]
  const traces = await getTraces(reader, [left, taken, storyTraceId(1)])
  assert.deepEqual([...traces.keys()].sort(), [storyTraceId(1), taken].sort())
  assert.equal(traces.get(taken)?.spans.length, spansAtATime)
  assert.deepEqual(await getTraces(reader, [left]), new Map())
})

test('far apart or near, a handful of statements', async () => {
  let statements = 0
  const counting = (): Reader => ({
    query: (...asked) => {
      statements++
      return reader.query(...asked)
    },
    stream: (...asked) => {
      statements++
      return reader.stream(...asked)
    },
  })
  await getTraces(counting(), ids.slice(0, 2))
  assert.equal(statements, 4)
  statements = 0
  await getTraces(counting(), ids)
  assert.equal(statements, 4)
})
