import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { storySpanId, storyTraceId } from '@waybill/model/story'
import type { Reader } from '../../store/engine.ts'
import type { Stories } from '../story-store.ts'
import { storeStories } from '../story-store.ts'
import { getTrace } from './trace.ts'

const orders = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }
const at = (partition: number, offset: number) => ({
  'messaging.destination.partition.id': String(partition),
  'messaging.kafka.offset': offset,
})

/**
 * - 1, 2: two sends; 3: a batch that links to them, and to one that is not stored.
 * - 4, 5: context lost, the same coordinates; 6 to 8 have some of these coordinates, but not all.
 * - 9, 10: two sends; 11: a batch whose links have their coordinates, but no context.
 */
const stories: Stories = {
  1: [
    {
      id: 1,
      at: [0, 10],
      service: 'shop',
      kind: 'producer',
      name: 'send orders',
      attributes: { ...orders, ...at(0, 5) },
    },
  ],
  2: [
    {
      id: 2,
      at: [100, 110],
      service: 'web',
      kind: 'producer',
      name: 'send orders',
      attributes: { ...orders, ...at(1, 6) },
    },
  ],
  3: [
    {
      id: 3,
      at: [1000, 1500],
      service: 'audit',
      kind: 'consumer',
      name: 'process orders',
      attributes: orders,
      links: [
        { trace: 1, id: 1, attributes: at(0, 5) },
        { trace: 2, id: 2, attributes: at(1, 6) },
        { trace: 99, id: 99 },
      ],
    },
    { id: 4, parent: 3, at: [1000, 1100], service: 'audit', name: 'unlinked' },
  ],
  4: [{ id: 1, at: [0, 10], service: 'shop', kind: 'producer', attributes: { ...orders, ...at(3, 7) } }],
  5: [{ id: 2, at: [60, 70], service: 'billing', kind: 'consumer', attributes: { ...orders, ...at(3, 7) } }],
  6: [{ id: 3, at: [60, 70], service: 'other', kind: 'consumer', attributes: { ...orders, ...at(3, 8) } }],
  7: [{ id: 4, at: [60, 70], service: 'other', kind: 'consumer', attributes: { ...orders, ...at(7, 3) } }],
  8: [
    {
      id: 5,
      at: [60, 70],
      service: 'other',
      kind: 'consumer',
      attributes: { ...orders, ...at(3, 7), 'messaging.destination.name': 'payments' },
    },
  ],
  9: [{ id: 1, at: [0, 10], service: 'shop', kind: 'producer', attributes: { ...orders, ...at(9, 1) } }],
  10: [{ id: 1, at: [0, 20], service: 'shop', kind: 'producer', attributes: { ...orders, ...at(9, 2) } }],
  11: [
    {
      id: 1,
      at: [90, 95],
      service: 'audit',
      kind: 'consumer',
      attributes: orders,
      links: [1, 2].map(offset => ({ trace: 0, id: 0, attributes: at(9, offset) })),
    },
  ],
}

let reader: Reader
let close: () => Promise<void>
before(async () => {
  ;({ reader, close } = await storeStories(stories))
})
after(() => close())

test('a batch shows the sends of its messages, in other traces, and how long each waited', async () => {
  const found = await getTrace(reader, storyTraceId(3))
  assert.deepEqual(
    found?.messages.map(({ tie, facts, producer, waitedNano }) => [
      tie,
      facts.partition,
      facts.offset,
      producer.traceId,
      waitedNano,
    ]),
    [
      ['link', '0', '5', storyTraceId(1), 990e6],
      ['link', '1', '6', storyTraceId(2), 890e6],
    ],
  )
  assert.deepEqual(
    found?.linksTo.map(({ traceId, service, name, durationNano }) => [traceId, service, name, durationNano]),
    [
      [storyTraceId(1), 'shop', 'send orders', 10e6],
      [storyTraceId(2), 'web', 'send orders', 10e6],
    ],
  )
  assert.deepEqual(found?.linksFrom, [])
})

test('a send shows the batch that linked to it', async () => {
  const found = await getTrace(reader, storyTraceId(2))
  assert.equal(found?.trace.spans.length, 1)
  assert.deepEqual(
    found?.linksFrom.map(({ traceId, spanId, service, to }) => [traceId, spanId, service, to]),
    [[storyTraceId(3), storySpanId(3), 'audit', storySpanId(2)]],
  )
  assert.deepEqual(
    found?.messages.map(({ tie, consumer, waitedNano }) => [tie, consumer.traceId, waitedNano]),
    [['link', storyTraceId(3), 890e6]],
  )
})

test('a message whose context was lost is found by its coordinates, from either end', async () => {
  for (const trace of [4, 5]) {
    const found = await getTrace(reader, storyTraceId(trace))
    assert.deepEqual(
      found?.messages.map(({ tie, producer, consumer, waitedNano }) => [
        tie,
        producer.traceId,
        consumer.traceId,
        waitedNano,
      ]),
      [['coordinates', storyTraceId(4), storyTraceId(5), 50e6]],
    )
    // The end in the other trace has a name, though no link leads to it.
    const [message] = found?.messages ?? []
    const other = trace === 4 ? message?.consumer : message?.producer
    assert.deepEqual(
      found?.linksTo.map(({ traceId, spanId, service }) => [traceId, spanId, service]),
      [[other?.traceId, other?.spanId, trace === 4 ? 'billing' : 'shop']],
    )
  }
  for (const trace of [6, 7, 8]) assert.deepEqual((await getTrace(reader, storyTraceId(trace)))?.messages, [])
})

test('messages of a batch whose links have no context are found by their coordinates', async () => {
  const found = await getTrace(reader, storyTraceId(11))
  assert.deepEqual(
    found?.messages.map(({ tie, facts, producer, waitedNano }) => [
      tie,
      facts.offset,
      producer.traceId,
      waitedNano,
    ]),
    [
      ['coordinates', '1', storyTraceId(9), 80e6],
      ['coordinates', '2', storyTraceId(10), 70e6],
    ],
  )
})
