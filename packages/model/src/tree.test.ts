import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { messageSegments } from './messages.ts'
import type { Trace } from './span.ts'
import type { StorySpan } from './story.ts'
import { storySpanId, tellTrace } from './story.ts'
import { traceTree } from './tree.ts'

const orders = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }

/** The tree as indented lines. */
function drawn(trace: Trace, foreign: Trace['spans'] = []): readonly string[] {
  return traceTree(trace, messageSegments(trace, foreign)).rows.map(row => {
    const label =
      row.kind === 'span'
        ? row.span.name
        : row.kind === 'message'
          ? `~ ${row.segment.facts.destination} ${row.segment.waitedNano / 1e6}${row.others.length > 0 ? ` +${row.others.length}` : ''}`
          : `? ${row.why}`
    return '  '.repeat(row.depth) + label
  })
}

test('a message stands between its send and its receive', () => {
  const trace = tellTrace(1, [
    { id: 1, name: 'POST /orders', kind: 'server', at: [0, 96] },
    { id: 2, name: 'send', parent: 1, kind: 'producer', at: [40, 80], attributes: orders },
    { id: 3, name: 'validate', parent: 1, at: [3, 20] },
    { id: 4, name: 'audit', parent: 2, kind: 'consumer', at: [2800, 2900], attributes: orders },
    {
      id: 5,
      name: 'billing',
      parent: 2,
      kind: 'consumer',
      at: [2180, 2390],
      attributes: orders,
      error: true,
    },
    { id: 6, name: 'charge', parent: 5, kind: 'client', at: [2200, 2300], error: true },
  ])
  assert.deepEqual(drawn(trace), [
    'POST /orders',
    '  validate',
    '  send',
    '    ~ orders 2100',
    '      billing',
    '        charge',
    '    ~ orders 2720',
    '      audit',
  ])
  const { rows, durationNano, startUnixNano, rowOfSpan } = traceTree(trace, messageSegments(trace))
  assert.equal(startUnixNano, trace.spans[0]?.startTimeUnixNano)
  assert.equal(durationNano, 2_900_000_000)
  assert.deepEqual(
    rows.map(row => row.descendantErrors),
    [2, 0, 2, 2, 1, 0, 0, 0],
  )
  assert.deepEqual(
    rows.map(row => row.end),
    [8, 2, 8, 6, 6, 6, 8, 8],
  )
  assert.deepEqual(
    rows.map(row => row.parent),
    [-1, 0, 0, 2, 3, 4, 2, 6],
  )
  assert.deepEqual([...rowOfSpan], [0, 2, 1, 7, 4, 5])
  assert.deepEqual([rows[3]?.startNano, rows[3]?.endNano], [80_000_000, 2_180_000_000])
})

test('a consumer tied by a link hangs under its message, not under the poll', () => {
  const process = { ...orders, 'messaging.operation.type': 'process' }
  const trace = tellTrace(1, [
    { id: 1, name: 'send', kind: 'producer', at: [0, 10], attributes: orders },
    {
      id: 2,
      name: 'poll',
      kind: 'client',
      at: [30, 60],
      attributes: { ...orders, 'messaging.operation.type': 'receive' },
    },
    {
      id: 3,
      name: 'process',
      parent: 2,
      kind: 'consumer',
      at: [35, 50],
      attributes: process,
      links: [{ id: 1 }],
    },
  ])
  assert.deepEqual(drawn(trace), ['send', '  ~ orders 20', '    process', 'poll'])
})

test('messages to other traces are leaves; those from other traces lead to their consumer', () => {
  const producing = tellTrace(1, [
    { id: 1, name: 'root', at: [0, 20] },
    { id: 2, name: 'send', parent: 1, kind: 'producer', at: [5, 10], attributes: orders },
    { id: 3, name: 'send too', parent: 1, kind: 'producer', at: [5, 12], attributes: orders },
  ])
  const links = [
    { id: 2, trace: 1 },
    { id: 3, trace: 1 },
  ]
  const consuming = tellTrace(2, [
    { id: 5, name: 'batch', kind: 'consumer', at: [40, 60], attributes: orders, links },
    { id: 6, name: 'insert', parent: 5, at: [41, 50] },
  ])
  assert.deepEqual(drawn(producing, consuming.spans), [
    'root',
    '  send',
    '    ~ orders 30',
    '  send too',
    '    ~ orders 28',
  ])
  assert.deepEqual(drawn(consuming, producing.spans), ['~ orders 30 +1', '  batch', '    insert'])
  const [row] = traceTree(consuming, messageSegments(consuming, producing.spans)).rows
  assert.equal(row?.startNano, -30_000_000)
})

test('spans of a missing parent share one placeholder, which says what is known of it', () => {
  const trace = tellTrace(1, [
    { id: 1, name: 'a', parent: 9, kind: 'server', at: [10, 20] },
    { id: 2, name: 'b', parent: 9, kind: 'server', at: [5, 8] },
    { id: 3, name: 'c', parent: 8, at: [1, 2], flags: 0x100 },
    { id: 4, name: 'd', parent: 7, at: [2, 3], flags: 0x300 },
    { id: 5, name: 'e', parent: 6, at: [3, 4] },
  ])
  assert.deepEqual(drawn(trace), [
    '? local',
    '  c',
    '? remote',
    '  d',
    '? unknown',
    '  e',
    '? remote',
    '  b',
    '  a',
  ])
})

test('an orphan that a message leads to is no orphan', () => {
  const process = { ...orders, 'messaging.operation.type': 'process' }
  const trace = tellTrace(1, [
    { id: 1, name: 'send', kind: 'producer', at: [0, 10], attributes: orders },
    {
      id: 3,
      name: 'process',
      parent: 99,
      kind: 'consumer',
      at: [35, 50],
      attributes: process,
      links: [{ id: 1 }],
    },
  ])
  assert.deepEqual(drawn(trace), ['send', '  ~ orders 25', '    process'])
})

test('cycles are cut at their earliest span', () => {
  const trace = tellTrace(1, [
    { id: 1, name: 'a', parent: 3, at: [5, 6] },
    { id: 2, name: 'b', parent: 1, at: [4, 6] },
    { id: 3, name: 'c', parent: 2, at: [6, 7] },
    { id: 4, name: 'self', parent: 4, at: [9, 10] },
    { id: 5, name: 'below', parent: 3, at: [7, 8] },
  ])
  assert.deepEqual(drawn(trace), ['b', '  c', '    a', '    below', 'self'])
  const { rows } = traceTree(trace)
  assert.deepEqual(
    rows.map(row => row.kind === 'span' && row.cycle),
    [true, false, false, false, true],
  )
})

test("the server's half of a call hangs under the client's where they share an id, as Zipkin's do", () => {
  const trace = tellTrace(1, [
    { id: 1, name: 'shop', service: 'shop', at: [0, 20] },
    { id: 2, name: 'client', kind: 'client', service: 'shop', parent: 1, at: [1, 10] },
    { id: 2, name: 'server', kind: 'server', service: 'bank', parent: 1, at: [2, 8] },
    { id: 3, name: 'in the bank', service: 'bank', parent: 2, at: [3, 4] },
    { id: 4, name: 'in the shop', service: 'shop', parent: 2, at: [4, 5] },
    { id: 5, name: 'elsewhere', service: 'mail', parent: 2, at: [5, 6] },
  ])
  assert.deepEqual(drawn(trace), [
    'shop',
    '  client',
    '    server',
    '      in the bank',
    '      elsewhere',
    '    in the shop',
  ])
})

test('other spans that share an id keep a row each', () => {
  const trace = tellTrace(1, [
    { id: 1, name: 'first', kind: 'client', at: [0, 10] },
    { id: 1, name: 'second', kind: 'client', at: [2, 8] },
    { id: 2, name: 'child', parent: 1, at: [3, 4] },
  ])
  assert.deepEqual(drawn(trace), ['first', '  child', 'second'])
})

test('no spans, no rows', () => {
  assert.deepEqual(traceTree({ spans: [] }).rows, [])
})

test('whatever the ids say: every span has one row, parents stand above, siblings in order', () => {
  const kinds = ['internal', 'client', 'server', 'producer', 'consumer'] as const
  const span = fc.record({
    id: fc.integer({ min: 1, max: 12 }),
    parent: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
    kind: fc.constantFrom(...kinds),
    start: fc.integer({ min: 0, max: 50 }),
    length: fc.integer({ min: 0, max: 20 }),
    link: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    error: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(span, { maxLength: 25 }), drafts => {
      const spans = drafts.map(
        ({ id, parent, kind, start, length, link, error }): StorySpan => ({
          id,
          kind,
          error,
          at: [start, start + length],
          ...(parent === undefined ? {} : { parent }),
          ...(link === undefined ? {} : { links: [{ id: link }] }),
        }),
      )
      const trace = tellTrace(1, spans)
      const { rows, rowOfSpan } = traceTree(trace, messageSegments(trace))
      const seen = rows.flatMap(row => (row.kind === 'span' ? [row.spanIndex] : []))
      assert.deepEqual(
        seen.toSorted((a, b) => a - b),
        [...trace.spans.keys()],
      )
      for (const [index, row] of rows.entries()) {
        if (row.kind === 'span') assert.equal(rowOfSpan[row.spanIndex], index)
        assert.equal(row.depth, row.parent === -1 ? 0 : (rows[row.parent]?.depth ?? Number.NaN) + 1)
        assert.ok(row.end > index && row.end <= rows.length)
        const below = rows.slice(index + 1, row.end)
        assert.ok(below.every(other => other.depth > row.depth))
        assert.ok((rows[row.end]?.depth ?? 0) <= row.depth)
        const errors = below.filter(other => other.kind === 'span' && other.span.status.code === 'error')
        assert.equal(row.descendantErrors, errors.length)
      }
    }),
  )
})

test('50,000 spans in one chain, and 50,000 under one parent', () => {
  const shapes: readonly ((i: number) => number)[] = [i => i, () => 1]
  for (const parentOf of shapes) {
    const spans = Array.from(
      { length: 50_000 },
      (_, i): StorySpan =>
        i === 0 ? { id: 1, at: [0, 1] } : { id: i + 1, parent: parentOf(i), at: [i, i + 1] },
    )
    const trace = tellTrace(1, spans)
    const started = performance.now()
    const { rows } = traceTree(trace)
    const tookMs = performance.now() - started
    assert.equal(rows.length, 50_000)
    assert.equal(rows[0]?.end, 50_000)
    assert.ok(tookMs < 10_000, `${tookMs} ms`)
    assert.equal(rows.at(-1)?.kind === 'span' && trace.spans[49_999]?.spanId, storySpanId(50_000))
  }
})
