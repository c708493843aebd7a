import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lightSpan } from './light-span.ts'
import { messageSegments, unreceivedMessages } from './messages.ts'
import type { MessageSegment } from './messaging.ts'
import type { StorySpan } from './story.ts'
import { storySpanId, storyTraceId, tellTrace } from './story.ts'

const orders = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }
const at1042 = { ...orders, 'messaging.destination.partition.id': '3', 'messaging.kafka.offset': 1042 }
const process = (group = 'billing') => ({
  ...at1042,
  'messaging.operation.type': 'process',
  'messaging.consumer.group.name': group,
})
const receive = {
  ...at1042,
  'messaging.operation.type': 'receive',
  'messaging.consumer.group.name': 'billing',
}
const send: StorySpan = { id: 1, kind: 'producer', service: 'shop', at: [10, 50], attributes: orders }

/** `producer → consumer tie waited-in-ms`, one for each segment. */
function told(segments: readonly MessageSegment[]): readonly string[] {
  return segments.map(segment => {
    const name = ({ traceId, spanId }: MessageSegment['producer']) =>
      `${Number(`0x${traceId}`)}.${Number(`0x${spanId}`)}`
    return `${name(segment.producer)} → ${name(segment.consumer)} ${segment.tie} ${segment.waitedNano / 1e6}`
  })
}

test('a consumer is tied to its parent; the wait is from the end of the send to its start', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [2150, 2300], attributes: process() },
  ])
  const [segment, ...rest] = messageSegments(trace)
  assert.deepEqual(rest, [])
  assert.deepEqual(segment, {
    facts: {
      system: 'kafka',
      destination: 'orders',
      operation: 'process',
      partition: '3',
      offset: '1042',
      consumerGroup: 'billing',
    },
    tie: 'parent',
    producer: { traceId: storyTraceId(1), spanId: storySpanId(1) },
    consumer: { traceId: storyTraceId(1), spanId: storySpanId(2) },
    sentUnixNano: trace.spans[0]?.endTimeUnixNano,
    receivedUnixNano: trace.spans[1]?.startTimeUnixNano,
    waitedNano: 2_100_000_000,
  })
})

test('producer and consumer kinds suffice: no messaging attribute at all', () => {
  const trace = tellTrace(1, [
    { id: 1, kind: 'producer', at: [0, 10] },
    { id: 2, parent: 1, kind: 'consumer', at: [15, 20] },
  ])
  assert.deepEqual(told(messageSegments(trace)), ['1.1 → 1.2 parent 5'])
})

test('a consumer in another trace is tied by its link, seen from either trace', () => {
  const producing = tellTrace(1, [send])
  const consuming = tellTrace(2, [
    { id: 5, kind: 'consumer', at: [60, 70], attributes: process(), links: [{ id: 1, trace: 1 }] },
  ])
  const expected = ['1.1 → 2.5 link 10']
  assert.deepEqual(told(messageSegments(producing, consuming.spans)), expected)
  assert.deepEqual(told(messageSegments(consuming, producing.spans)), expected)
  assert.deepEqual(messageSegments(consuming), [])
})

test('a link to the own parent is one tie, the stronger', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [60, 70], attributes: process(), links: [{ id: 1 }] },
  ])
  assert.deepEqual(told(messageSegments(trace)), ['1.1 → 1.2 parent 10'])
})

test('without a context, the coordinates tie; then the message id', () => {
  const sent = (attributes: StorySpan['attributes']) =>
    tellTrace(1, [{ ...send, attributes: attributes ?? {} }])
  const got = tellTrace(2, [
    { id: 5, kind: 'consumer', at: [60, 70], attributes: { ...process(), 'messaging.message.id': 'm-1' } },
  ])
  const byPlace = messageSegments(got, sent({ ...at1042, 'messaging.message.id': 'm-1' }).spans)
  assert.deepEqual(told(byPlace), ['1.1 → 2.5 coordinates 10'])
  const byId = messageSegments(got, sent({ ...orders, 'messaging.message.id': 'm-1' }).spans)
  assert.deepEqual(told(byId), ['1.1 → 2.5 message id 10'])
  const elsewhere = { ...at1042, 'messaging.kafka.cluster.id': 'c1' }
  const here = { ...process(), 'messaging.kafka.cluster.id': 'c2' }
  const other = tellTrace(2, [{ id: 5, kind: 'consumer', at: [60, 70], attributes: here }])
  assert.deepEqual(messageSegments(other, sent(elsewhere).spans), [])
})

test('of several producers with one message id, the last before the consumer', () => {
  const named = { ...orders, 'messaging.message.id': '1' }
  const producers = tellTrace(1, [
    { ...send, id: 1, at: [10, 20], attributes: named },
    { ...send, id: 2, at: [30, 40], attributes: named },
    { ...send, id: 3, at: [80, 90], attributes: named },
  ])
  const got = tellTrace(2, [{ id: 5, kind: 'consumer', at: [60, 70], attributes: named }])
  assert.deepEqual(told(messageSegments(got, producers.spans)), ['1.2 → 2.5 message id 20'])
})

test('a topic read by two groups gives two segments', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [60, 70], attributes: process('billing') },
    { id: 3, parent: 1, kind: 'consumer', at: [90, 95], attributes: process('audit') },
  ])
  assert.deepEqual(told(messageSegments(trace)), ['1.1 → 1.2 parent 10', '1.1 → 1.3 parent 40'])
})

test('send → receive → process is one segment, which ends at the receive', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [60, 61], attributes: receive },
    { id: 3, parent: 2, kind: 'consumer', at: [75, 90], attributes: process() },
  ])
  assert.deepEqual(told(messageSegments(trace)), ['1.1 → 1.2 parent 10'])
})

test('receive and process beside each other are one segment, to the processing', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'client', at: [60, 61], attributes: receive },
    { id: 3, parent: 1, kind: 'consumer', at: [75, 90], attributes: process(), links: [{ id: 1 }] },
  ])
  const [segment, ...rest] = messageSegments(trace)
  assert.deepEqual(rest, [])
  assert.ok(segment)
  assert.deepEqual(told([segment]), ['1.1 → 1.3 parent 10'])
  assert.equal(segment.receivedUnixNano, trace.spans[1]?.startTimeUnixNano)
})

test('a batch poll without links gives its start to the messages processed below it', () => {
  const producing = tellTrace(1, [send, { ...send, id: 2, at: [12, 52] }])
  const batch = { ...orders, 'messaging.operation.type': 'receive', 'messaging.batch.message_count': 2 }
  const consuming = tellTrace(2, [
    { id: 5, kind: 'client', at: [100, 200], attributes: batch },
    {
      id: 6,
      parent: 5,
      kind: 'consumer',
      at: [110, 120],
      attributes: process(),
      links: [{ id: 1, trace: 1 }],
    },
    {
      id: 7,
      parent: 5,
      kind: 'consumer',
      at: [120, 130],
      attributes: process(),
      links: [{ id: 2, trace: 1 }],
    },
  ])
  assert.deepEqual(told(messageSegments(consuming, producing.spans)), [
    '1.1 → 2.6 link 50',
    '1.2 → 2.7 link 48',
  ])
})

test('a batch processed under links only: a segment for each link, with its own coordinates', () => {
  const producing = tellTrace(1, [send, { ...send, id: 2, at: [20, 60] }])
  const consuming = tellTrace(2, [
    {
      id: 5,
      kind: 'consumer',
      at: [100, 200],
      attributes: { ...orders, 'messaging.batch.message_count': 2 },
      links: [
        { id: 1, trace: 1, attributes: { 'messaging.kafka.offset': 7 } },
        { id: 2, trace: 1, attributes: { 'messaging.kafka.offset': 8 } },
        { id: 9, trace: 3, attributes: { 'messaging.kafka.offset': 9 } },
      ],
    },
  ])
  const segments = messageSegments(consuming, producing.spans)
  assert.deepEqual(told(segments), ['1.1 → 2.5 link 50', '1.2 → 2.5 link 40'])
  assert.deepEqual(
    segments.map(segment => segment.facts.offset),
    ['7', '8'],
  )
})

test('a poll that was waiting before the send ends the wait with its own end', () => {
  const trace = tellTrace(1, [send])
  const poll = { id: 5, kind: 'client', attributes: receive, links: [{ id: 1, trace: 1 }] } as const
  const long = tellTrace(2, [{ ...poll, at: [0, 58] }])
  assert.deepEqual(told(messageSegments(trace, long.spans)), ['1.1 → 2.5 link 8'])
})

test('received before the acknowledgement came back: it did not wait', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [45, 90], attributes: process() },
  ])
  const [segment] = messageSegments(trace)
  assert.equal(segment?.waitedNano, 0)
  assert.equal(segment?.sentUnixNano, segment?.receivedUnixNano)
  const onTheDot = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [10, 90], attributes: process() },
  ])
  assert.equal(messageSegments(onTheDot)[0]?.waitedNano, 0)
})

test('received before it was sent: the clocks disagree, and the wait says so', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [9, 90], attributes: process() },
  ])
  assert.equal(messageSegments(trace)[0]?.waitedNano, -41_000_000)
})

test('a message that was created, then sent in a batch, waits from the end of the batch', () => {
  const trace = tellTrace(1, [
    { ...send, id: 1, at: [10, 11], attributes: { ...orders, 'messaging.operation.type': 'create' } },
    {
      id: 2,
      kind: 'client',
      at: [12, 30],
      attributes: { ...orders, 'messaging.operation.type': 'send' },
      links: [{ id: 1 }],
    },
    { id: 3, parent: 1, kind: 'consumer', at: [50, 60], attributes: process() },
  ])
  const segments = messageSegments(trace)
  assert.deepEqual(told(segments), ['1.1 → 1.3 parent 20'])
  assert.deepEqual(unreceivedMessages(trace.spans.map(lightSpan), segments), [])
})

test('a second attempt is a segment of its own', () => {
  const trace = tellTrace(1, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [60, 70], attributes: process(), error: true },
    {
      id: 3,
      parent: 1,
      kind: 'consumer',
      at: [100, 110],
      attributes: { ...process(), 'waybill.message.attempt': 2 },
    },
  ])
  const segments = messageSegments(trace)
  assert.deepEqual(
    segments.map(segment => [segment.facts.attempt, segment.waitedNano / 1e6]),
    [
      [undefined, 10],
      [2, 50],
    ],
  )
})

test('segments between two foreign spans are not this trace’s', () => {
  const foreign = tellTrace(2, [
    send,
    { id: 2, parent: 1, kind: 'consumer', at: [60, 70], attributes: process() },
  ])
  assert.deepEqual(messageSegments(tellTrace(1, [{ id: 1, at: [0, 1] }]), foreign.spans), [])
})

test('what nobody is known to have received is reported', () => {
  const trace = tellTrace(1, [send, { ...send, id: 2 }, { id: 3, parent: 2, kind: 'consumer', at: [60, 70] }])
  const segments = messageSegments(trace)
  const unreceived = unreceivedMessages(trace.spans.map(lightSpan), segments)
  assert.deepEqual(
    unreceived.map(message => message.producer.spanId),
    [storySpanId(1)],
  )
  assert.equal(unreceived[0]?.facts.destination, 'orders')
})

test('producers that all share one message id do not make it slow', () => {
  const named = { ...orders, 'messaging.message.id': '1' }
  const spans = Array.from({ length: 20_000 }, (_, i): StorySpan => {
    const kind = i % 2 === 0 ? 'producer' : 'consumer'
    return { id: i + 1, kind, at: [i, i + 1], attributes: named }
  })
  const started = performance.now()
  messageSegments(tellTrace(1, spans))
  assert.ok(performance.now() - started < 10_000)
})
