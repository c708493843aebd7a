import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyValue, Attributes, Resource, Span, Trace } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { storySpanId, storyStartNano, tellTrace } from '@waybill/model/story'
import fc from 'fast-check'
import { adjustTrace, pieceAdjuster, planAdjustments } from './adjust.ts'
import { outlineOf } from './outline.ts'
import { takeWarnings } from './warnings.ts'

const noSkew = { maxSkewNano: 0n }
const anySkew = { maxSkewNano: 3_600_000_000_000n }

const text = (stringValue: string): AnyValue => ({ stringValue })
const resource = (attributes: Record<string, string>): Resource => ({
  attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: text(value) })),
  droppedAttributesCount: 0,
  schemaUrl: '',
})

/** Spans of which each service is on a host of its own name. */
function tell(...stories: readonly StorySpan[]): Trace {
  const told = tellTrace(1, stories)
  const hosts = [...new Set(told.spans.map(span => span.service))]
  return {
    ...told,
    resources: hosts.map(host => resource({ 'service.name': host, 'host.name': host })),
    spans: told.spans.map(span => ({ ...span, resource: hosts.indexOf(span.service) })),
  }
}

const startsMs = ({ spans }: Trace) =>
  spans.map(span => Number(BigInt(span.startTimeUnixNano) - storyStartNano) / 1e6)
const warningsOf = ({ spans }: Trace) => spans.map(span => takeWarnings(span.attributes).warnings)
const familyOf = ({ spans }: Trace) => spans.map(span => [Number(`0x${span.spanId}`), span.parentSpanId])

test('a trace that needs nothing stays as it is', () => {
  const trace = tell(
    { id: 1, service: 'a', at: [0, 100], kind: 'client' },
    { id: 2, parent: 1, service: 'b', at: [10, 90], kind: 'server', attributes: { a: 1, b: 2 } },
  )
  assert.deepEqual(adjustTrace(trace, anySkew), {
    ...trace,
    resources: trace.resources.map(({ attributes, ...rest }) => ({
      ...rest,
      attributes: attributes.toReversed(),
    })),
  })
})

test('halves of a call that share an id are split, and children hang under the half of their service', () => {
  const trace = tell(
    { id: 1, service: 'web', at: [0, 100], kind: 'client' },
    { id: 7, parent: 1, service: 'web', at: [10, 90], kind: 'client' },
    { id: 7, parent: 1, service: 'api', at: [20, 80], kind: 'server' },
    { id: 8, parent: 7, service: 'api', at: [30, 40] },
    { id: 9, parent: 7, service: 'web', at: [30, 40] },
    { id: 10, parent: 7, service: 'elsewhere', at: [30, 40] },
  )
  // 1 is taken, so the SERVER half becomes 2
  assert.deepEqual(familyOf(adjustTrace(trace, noSkew)), [
    [1, ''],
    [7, storySpanId(1)],
    [2, storySpanId(7)],
    [8, storySpanId(2)],
    [9, storySpanId(7)],
    [10, storySpanId(2)],
  ])
})

test('a producer and a consumer of one id are not split: messages never share ids', () => {
  const trace = tell(
    { id: 7, service: 'web', at: [0, 10], kind: 'producer' },
    { id: 7, service: 'api', at: [20, 80], kind: 'consumer' },
  )
  const adjusted = adjustTrace(trace, noSkew)
  assert.deepEqual(familyOf(adjusted), [
    [7, ''],
    [7, ''],
  ])
  assert.deepEqual(warningsOf(adjusted), [[], ['duplicate span IDs; skipping clock skew adjustment']])
})

test('a span that came twice is there once', () => {
  const trace = tell({ id: 1, at: [0, 10] }, { id: 2, parent: 1, at: [1, 2] })
  const twice = { ...trace, spans: [...trace.spans, ...trace.spans] }
  const adjusted = adjustTrace(twice, noSkew)
  assert.deepEqual(familyOf(adjusted), familyOf(trace))
  assert.deepEqual(warningsOf(adjusted), [[], []])
})

test('a server whose clock is behind is centred in its call, with what it did and its events', () => {
  const trace = tell(
    { id: 1, service: 'web', at: [1000, 1100], kind: 'client' },
    { id: 2, parent: 1, service: 'api', at: [0, 80], kind: 'server' },
    { id: 3, parent: 2, service: 'api', at: [10, 20] },
  )
  const event = { timeUnixNano: String(storyStartNano), name: 'e', attributes: [], droppedAttributesCount: 0 }
  const spans = trace.spans.map(span => ({ ...span, events: [event] }))
  const adjusted = adjustTrace({ ...trace, spans }, anySkew)
  assert.deepEqual(startsMs(adjusted), [1000, 1010, 1020])
  assert.equal(adjusted.spans[1]?.events[0]?.timeUnixNano, String(storyStartNano + 1_010_000_000n))
  const said = "This span's timestamps were adjusted by 1.01s"
  assert.deepEqual(warningsOf(adjusted), [[], [said], [said]])
})

test('the largest shift that is made is made, the next larger is only named', () => {
  const trace = tell(
    { id: 1, service: 'web', at: [1000, 1100], kind: 'client' },
    { id: 2, parent: 1, service: 'api', at: [0, 80], kind: 'server' },
  )
  assert.deepEqual(startsMs(adjustTrace(trace, { maxSkewNano: 1_010_000_000n })), [1000, 1010])
  const refused = adjustTrace(trace, { maxSkewNano: 1_009_999_999n })
  assert.deepEqual(startsMs(refused), [1000, 0])
  assert.deepEqual(warningsOf(refused)[1], [
    'max clock skew adjustment delta of 1.009999999s exceeded; not applying calculated delta of 1.01s',
  ])
  assert.deepEqual(warningsOf(adjustTrace(trace, noSkew))[1], [
    'clock skew adjustment disabled; not applying calculated delta of 1.01s',
  ])
})

test('nothing is shifted across a queue, whatever says that it is one', () => {
  const queues: readonly (readonly [Partial<StorySpan>, Partial<StorySpan>])[] = [
    [{ kind: 'producer' }, { kind: 'server' }],
    [{ kind: 'client' }, { kind: 'consumer' }],
    [
      { kind: 'client' },
      { attributes: { 'messaging.system': 'kafka', 'messaging.operation.type': 'process' } },
    ],
    [{ attributes: { 'messaging.system': 'kafka', 'messaging.operation.type': 'send' } }, { kind: 'server' }],
  ]
  for (const [parent, child] of queues)
    for (const at of [
      [-500, -420],
      [5000, 5001],
    ] as const) {
      const trace = tell(
        { ...parent, id: 1, service: 'web', at: [1000, 1100] },
        { ...child, id: 2, parent: 1, service: 'worker', at },
        { id: 3, parent: 2, service: 'worker', at },
      )
      const adjusted = adjustTrace(trace, anySkew)
      assert.deepEqual(startsMs(adjusted), startsMs(trace))
      assert.deepEqual(warningsOf(adjusted), [[], [], []])
    }
})

test('behind a queue a host keeps the shift that it had before', () => {
  const trace = tell(
    { id: 1, service: 'web', at: [1000, 1100], kind: 'client' },
    { id: 2, parent: 1, service: 'api', at: [0, 80], kind: 'server' },
    { id: 3, parent: 2, service: 'api', at: [10, 20], kind: 'producer' },
    { id: 4, parent: 3, service: 'worker', at: [3000, 3010], kind: 'consumer' },
    { id: 5, parent: 4, service: 'worker', at: [3001, 3002], kind: 'producer' },
    { id: 6, parent: 5, service: 'api', at: [2500, 2501], kind: 'consumer' },
  )
  assert.deepEqual(startsMs(adjustTrace(trace, anySkew)), [1000, 1010, 1020, 3000, 3001, 3510])
})

test('work that goes on after its cause is not skewed, but the server’s half of a call is', () => {
  const after = (kind: StorySpan['kind']) =>
    startsMs(
      adjustTrace(
        tell(
          { id: 1, service: 'web', at: [0, 100], kind: 'client' },
          { id: 2, parent: 1, service: 'api', at: [90, 150], ...(kind && { kind }) },
        ),
        anySkew,
      ),
    )[1]
  assert.equal(after('internal'), 90)
  assert.equal(after('server'), 20)
})

test('one that lasted longer than its parent begins with it at the earliest', () => {
  const longer = (at: readonly [number, number]) =>
    startsMs(
      adjustTrace(
        tell(
          { id: 1, service: 'web', at: [0, 100], kind: 'client' },
          { id: 2, parent: 1, service: 'api', at, kind: 'server' },
        ),
        anySkew,
      ),
    )[1]
  assert.equal(longer([-10, 200]), 0)
  assert.equal(longer([10, 200]), 10)
})

test('one host has one clock: by id, by address, by name, or else as one resource', () => {
  const on = (a: Resource, b: Resource) => {
    const trace = tellTrace(1, [
      { id: 1, at: [1000, 1100] },
      { id: 2, parent: 1, at: [0, 50] },
    ])
    const placed = {
      ...trace,
      resources: [a, b],
      spans: trace.spans.map((span, i) => ({ ...span, resource: i })),
    }
    return startsMs(adjustTrace(placed, anySkew))[1]
  }
  const ips = (ip: string): Resource => ({
    ...resource({}),
    attributes: [{ key: 'host.ip', value: { arrayValue: { values: [text(ip), text('::1')] } } }],
  })
  assert.equal(on(resource({ 'host.id': 'x', 'host.name': 'a' }), resource({ 'host.id': 'x' })), 0)
  assert.equal(on(ips('10.0.0.1'), ips('10.0.0.1')), 0)
  assert.equal(on(ips('10.0.0.1'), ips('10.0.0.2')), 1025)
  assert.equal(on(resource({ 'host.name': 'a' }), resource({ 'host.name': 'b' })), 1025)
  assert.equal(on(resource({}), resource({})), 1025)
  const one = tellTrace(1, [
    { id: 1, at: [1000, 1100] },
    { id: 2, parent: 1, at: [0, 50] },
  ])
  assert.deepEqual(startsMs(adjustTrace(one, anySkew)), [1000, 0])
})

test('a parent that is not there is named', () => {
  const trace = tell({ id: 2, parent: 0xffff, at: [0, 1] })
  assert.deepEqual(warningsOf(adjustTrace(trace, anySkew)), [
    ['parent span ID=000000000000ffff is not in the trace; skipping clock skew adjustment'],
  ])
})

test('a span whose parents lead back to itself is left alone', () => {
  const trace = tell({ id: 1, parent: 2, at: [0, 1] }, { id: 2, parent: 1, service: 'b', at: [5, 6] })
  assert.deepEqual(startsMs(adjustTrace(trace, anySkew)), [0, 5])
})

test('attributes by key, addresses dotted, the library’s attributes moved, links to nowhere dropped', () => {
  const [trace] = [tell({ id: 1, at: [0, 1] })]
  const attributes: Attributes = [
    { key: 'telemetry.sdk.name', value: text('x') },
    { key: 'telemetry.sdk.version', value: text('other') },
    { key: 'peer.ipv4', value: { intValue: '-1062731775' } },
    { key: 'ip', value: { doubleValue: 134744072 } },
  ]
  const link = { spanId: storySpanId(1), traceState: '', attributes: [], droppedAttributesCount: 0, flags: 0 }
  const links = [{ ...link, traceId: '0'.repeat(32) as Span['traceId'] }]
  const { spans, resources } = adjustTrace(
    {
      ...trace,
      resources: [resource({ 'telemetry.sdk.version': '1', 'a.first': '' })],
      spans: trace.spans.map(span => ({ ...span, attributes, links })),
    },
    noSkew,
  )
  const [span] = spans
  assert.ok(span)
  const rest = takeWarnings(span.attributes)
  assert.deepEqual(rest.attributes, [
    { key: 'ip', value: text('8.8.8.8') },
    { key: 'peer.ipv4', value: text('192.168.0.1') },
    { key: 'telemetry.sdk.version', value: text('other') },
  ])
  assert.deepEqual(rest.warnings, [
    'conflicting values between Span and Resource for attribute telemetry.sdk.version',
    'Invalid span link removed',
  ])
  assert.deepEqual(span.links, [])
  assert.deepEqual(resources[0]?.attributes, [
    { key: 'a.first', value: text('') },
    { key: 'telemetry.sdk.name', value: text('x') },
    { key: 'telemetry.sdk.version', value: text('1') },
  ])
})

test('in pieces as in one', () => {
  const story = fc.record({
    id: fc.integer({ min: 1, max: 12 }),
    parent: fc.integer({ min: 1, max: 14 }),
    service: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('client', 'server', 'internal', 'producer', 'consumer'),
    at: fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 501, max: 1000 })),
  })
  fc.assert(
    fc.property(fc.array(story, { maxLength: 20 }), fc.nat(20), (stories, cut) => {
      const trace = tell(...(stories as StorySpan[]))
      const spans = trace.spans.toSorted((a, b) => {
        const [one, other] = [a.startTimeUnixNano + a.spanId, b.startTimeUnixNano + b.spanId]
        return one < other ? -1 : one > other ? 1 : 0
      })
      const sorted = { ...trace, spans }
      const at = boundary(spans, cut)
      const adjust = pieceAdjuster(planAdjustments(outlineOf(sorted), anySkew))
      const pieces = [spans.slice(0, at), spans.slice(at)].map(some => adjust({ ...sorted, spans: some }))
      assert.deepEqual(
        pieces.flatMap(piece => piece.spans),
        adjustTrace(sorted, anySkew).spans,
      )
    }),
  )
})

/** The next place that does not part spans of one start and id. */
function boundary(spans: readonly Span[], at: number): number {
  const place = (i: number) => `${spans[i]?.startTimeUnixNano} ${spans[i]?.spanId}`
  let i = Math.min(at, spans.length)
  while (i > 0 && i < spans.length && place(i) === place(i - 1)) i++
  return i
}
