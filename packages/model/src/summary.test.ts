import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lightSpan } from './light-span.ts'
import { messageSegments } from './messages.ts'
import type { Trace } from './span.ts'
import type { StorySpan } from './story.ts'
import { storyStartNano, tellTrace } from './story.ts'
import type { TraceOutline } from './summary.ts'
import { lineOf, summarize, timeShares } from './summary.ts'

const topic = (name: string) => ({ 'messaging.system': 'kafka', 'messaging.destination.name': name })

const shop = tellTrace(1, [
  { id: 1, service: 'shop', name: 'POST /orders', kind: 'server', at: [0, 96] },
  { id: 2, service: 'shop', parent: 1, at: [3, 21] },
  { id: 3, service: 'shop', parent: 1, kind: 'producer', at: [40, 80], attributes: topic('orders') },
  { id: 4, service: 'billing', parent: 3, kind: 'consumer', at: [2180, 2390], attributes: topic('orders') },
  { id: 5, service: 'billing', parent: 4, kind: 'client', at: [2200, 2330], error: true },
  { id: 6, service: 'billing', parent: 4, kind: 'producer', at: [2370, 2380], attributes: topic('payments') },
  {
    id: 7,
    service: 'notification',
    parent: 6,
    kind: 'consumer',
    at: [2440, 2560],
    attributes: topic('payments'),
  },
  { id: 8, service: 'audit', parent: 3, kind: 'consumer', at: [2400, 2500], attributes: topic('orders') },
])

function outline(trace: Trace, foreign: Trace['spans'] = []): TraceOutline {
  return summarize(trace.spans.map(lightSpan), messageSegments(trace, foreign))
}

const shapeText = (summary: TraceOutline) =>
  summary.shape.map(
    part => `${part.kind === 'wait' ? '~' : ''}${part.name} ${part.startNano / 1e6}–${part.endNano / 1e6}`,
  )
const pathText = (summary: TraceOutline) =>
  summary.path.map(step => (step.kind === 'destination' ? `~${step.name}` : step.name)).join(' → ')

test('a trace in a line: root, services, way, shape, waiting', () => {
  const summary = outline(shop)
  assert.equal(summary.startUnixNano, String(storyStartNano))
  assert.equal(summary.durationNano, 2_560_000_000)
  assert.deepEqual(
    [summary.rootService, summary.rootName, summary.rootMissing],
    ['shop', 'POST /orders', false],
  )
  assert.deepEqual([summary.spanCount, summary.errorCount, summary.messageCount], [8, 1, 3])
  assert.deepEqual(summary.services, [
    { name: 'shop', spanCount: 3, errorCount: 0 },
    { name: 'billing', spanCount: 3, errorCount: 1 },
    { name: 'audit', spanCount: 1, errorCount: 0 },
    { name: 'notification', spanCount: 1, errorCount: 0 },
  ])
  assert.equal(pathText(summary), 'shop → ~orders → billing → ~payments → notification')
  assert.deepEqual(shapeText(summary), [
    'shop 0–80',
    '~orders 80–2180',
    'billing 2180–2380',
    '~payments 2380–2440',
    'notification 2440–2560',
  ])
  assert.deepEqual(
    summary.shape.map(part => part.error),
    [false, false, true, false, false],
  )
  assert.equal(summary.waitedNano, 2_160_000_000)
})

test('where the time went adds up to the duration', () => {
  const shares = timeShares(shop.spans, messageSegments(shop))
  assert.deepEqual(shares, [
    { kind: 'processing', nano: 220_000_000 },
    { kind: 'waiting', nano: 2_160_000_000 },
    { kind: 'sending', nano: 50_000_000 },
    { kind: 'calling', nano: 130_000_000 },
  ])
})

test('parallel messages wait together, once', () => {
  const spans: StorySpan[] = [{ id: 1, kind: 'producer', service: 'a', at: [0, 10], attributes: topic('t') }]
  for (let i = 2; i < 12; i++)
    spans.push({
      id: i,
      parent: 1,
      kind: 'consumer',
      service: 'b',
      at: [100 + i, 150 + i],
      attributes: topic('t'),
    })
  const summary = outline(tellTrace(1, spans))
  assert.equal(summary.messageCount, 10)
  assert.equal(summary.waitedNano, 101_000_000)
})

test('a caller that waits for an answer over a queue: the line leads through the queue and back', () => {
  const summary = outline(
    tellTrace(1, [
      { id: 1, service: 'api', kind: 'server', at: [0, 100] },
      { id: 2, service: 'api', parent: 1, kind: 'producer', at: [10, 20], attributes: topic('jobs') },
      { id: 3, service: 'worker', parent: 2, kind: 'consumer', at: [50, 80], attributes: topic('jobs') },
    ]),
  )
  assert.deepEqual(shapeText(summary), ['api 0–20', '~jobs 20–50', 'worker 50–80', 'api 80–100'])
  assert.equal(pathText(summary), 'api → ~jobs → worker')
})

test('a message that nobody received counts, and ends the way', () => {
  const summary = outline(
    tellTrace(1, [
      { id: 1, service: 'billing', at: [0, 100] },
      {
        id: 2,
        service: 'billing',
        parent: 1,
        kind: 'producer',
        at: [90, 95],
        attributes: topic('orders.dlq'),
      },
    ]),
  )
  assert.equal(summary.messageCount, 1)
  assert.equal(summary.waitedNano, 0)
  assert.equal(pathText(summary), 'billing → ~orders.dlq')
})

test('a message that did not wait is no part of the shape, but of the way', () => {
  const summary = outline(
    tellTrace(1, [
      { id: 1, service: 'shop', kind: 'producer', at: [0, 30], attributes: topic('orders') },
      { id: 2, service: 'billing', parent: 1, kind: 'consumer', at: [20, 90], attributes: topic('orders') },
    ]),
  )
  assert.equal(pathText(summary), 'shop → ~orders → billing')
  assert.deepEqual(shapeText(summary), ['shop 0–20', 'billing 20–90'])
})

test('a batch of messages from other traces: the longest of their waits', () => {
  const producing = tellTrace(1, [
    { id: 1, kind: 'producer', at: [0, 10], attributes: topic('orders') },
    { id: 2, kind: 'producer', at: [20, 30], attributes: topic('orders') },
  ])
  const links = [
    { id: 1, trace: 1 },
    { id: 2, trace: 1 },
  ]
  const batch = tellTrace(2, [
    { id: 5, service: 'audit', kind: 'consumer', at: [110, 120], attributes: topic('orders'), links },
  ])
  const summary = outline(batch, producing.spans)
  assert.deepEqual([summary.messageCount, summary.waitedNano], [2, 100_000_000])
  assert.deepEqual(shapeText(summary), ['audit 0–10'])
  assert.equal(pathText(summary), 'audit')
})

test('no root: the earliest span stands for it', () => {
  const summary = outline(
    tellTrace(1, [
      { id: 2, service: 'late', name: 'b', parent: 9, at: [5, 6] },
      { id: 3, service: 'early', name: 'a', parent: 9, at: [1, 2] },
    ]),
  )
  assert.deepEqual([summary.rootService, summary.rootName, summary.rootMissing], ['early', 'a', true])
})

test('what no span accounts for is unknown, and a gap in the shape', () => {
  const trace = tellTrace(1, [
    { id: 1, service: 'a', at: [0, 10] },
    { id: 2, service: 'b', parent: 1, at: [30, 40] },
  ])
  assert.deepEqual(shapeText(outline(trace)), ['a 0–10', 'b 30–40'])
  assert.deepEqual(timeShares(trace.spans, []), [
    { kind: 'processing', nano: 20_000_000 },
    { kind: 'unknown', nano: 20_000_000 },
  ])
})

test('spans that do not hang together: the longest tree draws, the others where it leaves them time', () => {
  const spans: readonly StorySpan[] = [
    { id: 1, service: 'shop', at: [10, 100] },
    { id: 2, service: 'billing', parent: 1, at: [20, 100] },
    { id: 3, service: 'lost', parent: 99, at: [90, 100] },
    { id: 4, service: 'early', parent: 98, at: [0, 15] },
    { id: 5, service: 'late', parent: 97, at: [95, 130] },
    { id: 6, service: 'later', parent: 96, at: [150, 160] },
  ]
  assert.deepEqual(shapeText(outline(tellTrace(1, spans))), [
    'early 0–10',
    'shop 10–20',
    'billing 20–100',
    'late 100–130',
    'later 150–160',
  ])
})

test('50,000 spans without a parent', () => {
  const spans = Array.from(
    { length: 50_000 },
    (_, i): StorySpan => ({ id: i + 1, parent: 99_999, at: [i, i + 1] }),
  )
  const started = performance.now()
  const { spanCount, shape } = outline(tellTrace(1, spans))
  assert.deepEqual([spanCount, shape.length], [50_000, 1])
  assert.ok(performance.now() - started < 10_000)
})

test('a trace of one instant', () => {
  const summary = outline(tellTrace(1, [{ id: 1, service: 'a', at: [0, 0] }]))
  assert.deepEqual(
    [summary.durationNano, summary.shape, summary.path],
    [0, [], [{ kind: 'service', name: 'a' }]],
  )
})

test('thousands of parts draw as hundreds', () => {
  const spans: StorySpan[] = [{ id: 1, service: 'a', at: [0, 10_000] }]
  for (let i = 0; i < 5_000; i++) spans.push({ id: i + 2, parent: 1, service: 'b', at: [i * 2, i * 2 + 1] })
  const { shape } = outline(tellTrace(1, spans))
  assert.ok(shape.length <= 400, String(shape.length))
  assert.deepEqual([shape[0]?.startNano, shape.at(-1)?.endNano], [0, 10_000_000_000])
})

test('whatever happened: the line is in order, without overlaps, within the trace', () => {
  const span = fc.record({
    id: fc.integer({ min: 1, max: 12 }),
    parent: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
    kind: fc.constantFrom('internal', 'client', 'producer', 'consumer'),
    start: fc.integer({ min: 0, max: 50 }),
    length: fc.integer({ min: 0, max: 20 }),
  })
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 25 }), drafts => {
      const trace = tellTrace(
        1,
        drafts.map(({ id, parent, kind, start, length }): StorySpan => {
          const story = { id, kind, at: [start, start + length] } as const
          return parent === undefined ? story : { ...story, parent }
        }),
      )
      const segments = messageSegments(trace)
      const { line, durationNano } = lineOf(trace.spans, segments)
      let at = 0
      for (const part of line) {
        assert.ok(part.startNano >= at && part.endNano > part.startNano)
        at = part.endNano
      }
      assert.ok(at <= durationNano)
      const shares = timeShares(trace.spans, segments)
      assert.equal(
        shares.reduce((sum, share) => sum + share.nano, 0),
        durationNano,
      )
      const { waitedNano } = summarize(trace.spans.map(lightSpan), segments)
      assert.ok(waitedNano <= durationNano)
    }),
  )
})

test('spans that overlap by no more than a clock tells apart ran one after the other', () => {
  const lineOfTwo = (secondStartMs: number) => {
    const trace = tellTrace(9, [
      { id: 1, service: 'worker', at: [0, 40] },
      { id: 2, service: 'worker', parent: 1, at: [0, 20] },
      { id: 3, service: 'worker', parent: 1, at: [secondStartMs, 40] },
    ])
    return lineOf(trace.spans, []).line.map(part => part.index)
  }
  assert.deepEqual(lineOfTwo(20), [1, 2])
  assert.deepEqual(lineOfTwo(19), [1, 2])
  assert.deepEqual(lineOfTwo(18.999999), [0, 2])
})
