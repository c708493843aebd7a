import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JourneyResponse } from '@waybill/api'
import { storyTraceId } from '@waybill/model/story'
import type { Reader } from '../store/engine.ts'
import { getJourney, getMessageJourney } from './journey.ts'
import type { StoredSpan, Stories } from './story-store.ts'
import { storeStories } from './story-store.ts'

type Attributes = NonNullable<StoredSpan['attributes']>

function kafka(topic: string, partition: number, offset: number, more: Attributes = {}): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': offset,
    ...more,
  }
}

const group = (name: string): Attributes => ({ 'messaging.consumer.group.name': name })

/**
 * - 1: orders[3]@7 is sent; billing receives and processes it in the same trace and fails; dead-lettered.
 * - 2: audit handles orders[3]@7 in a batch with orders[3]@8, from a trace of its own, by links.
 * - 3: ledger handles orders[3]@7 without context.
 * - 4: messages that share some of the coordinates. 5: RabbitMQ, by message id; 6: its retry.
 * - 7, 8: a consumer that names no message, tied by its link.
 */
const stories: Stories = {
  1: [
    {
      id: 1,
      at: [0, 10],
      service: 'shop',
      kind: 'producer',
      name: 'send orders',
      attributes: kafka('orders', 3, 7),
    },
    {
      id: 2,
      parent: 1,
      at: [60, 100],
      service: 'billing',
      kind: 'consumer',
      name: 'process orders',
      error: true,
      message: 'declined',
      attributes: kafka('orders', 3, 7, group('billing')),
      events: [{ name: 'exception', attributes: { 'exception.message': 'CardDeclined: no funds' } }],
    },
    {
      id: 3,
      parent: 2,
      at: [90, 95],
      service: 'billing',
      kind: 'producer',
      name: 'send orders.dlq',
      attributes: kafka('orders.dlq', 0, 1),
    },
  ],
  2: [
    {
      id: 1,
      at: [200, 300],
      service: 'audit',
      kind: 'consumer',
      name: 'process orders',
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'orders',
        'messaging.batch.message_count': 2,
        ...group('audit'),
      },
      links: [
        { trace: 1, id: 1, attributes: kafka('orders', 3, 7) },
        { trace: 4, id: 1, attributes: kafka('orders', 3, 8) },
      ],
    },
  ],
  3: [
    {
      id: 1,
      at: [400, 410],
      service: 'ledger',
      kind: 'consumer',
      error: true,
      message: 'timeout',
      attributes: kafka('orders', 3, 7, group('ledger')),
    },
  ],
  4: [
    { id: 1, at: [1, 2], service: 'shop', kind: 'producer', attributes: kafka('orders', 3, 8) },
    { id: 2, at: [1, 2], service: 'shop', kind: 'producer', attributes: kafka('orders', 4, 7) },
    { id: 3, at: [1, 2], service: 'shop', kind: 'producer', attributes: kafka('payments', 3, 7) },
  ],
  5: [{ id: 1, at: [0, 10], service: 'shop', kind: 'producer', attributes: mail(1) }],
  6: [{ id: 1, at: [50, 60], service: 'mailer', kind: 'consumer', attributes: mail(2) }],
  7: [{ id: 1, at: [0, 10], service: 'shop', kind: 'producer', attributes: kafka('news', 0, 1) }],
  8: [
    {
      id: 1,
      at: [30, 40],
      service: 'reader',
      kind: 'consumer',
      attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'news' },
      links: [{ trace: 7, id: 1 }],
    },
  ],
}

function mail(attempt: number): Attributes {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': 'mails',
    'messaging.message.id': 'mail-1',
    'waybill.message.attempt': attempt,
  }
}

/** Who did what, how it was found, and how many milliseconds the message had waited. */
function stopsOf(journey: JourneyResponse | undefined) {
  return journey?.stops.map(({ span, operation, tie, waitedNano }) => [
    span.service,
    operation,
    tie,
    waitedNano === undefined ? undefined : waitedNano / 1e6,
  ])
}

let reader: Reader
let close: () => Promise<void>
before(async () => {
  ;({ reader, close } = await storeStories(stories))
})
after(() => close())

test('a message is followed from its send to every group that handled it, whichever the trace', async () => {
  const journey = await getJourney(reader, 'kafka', 'orders', '3', '7')
  assert.deepEqual([journey?.system, journey?.destination], ['kafka', 'orders'])
  assert.deepEqual(stopsOf(journey), [
    ['shop', 'send', undefined, undefined],
    ['billing', 'process', 'parent', 50],
    ['audit', 'process', 'link', 190],
    ['ledger', 'process', 'coordinates', 390],
  ])
  assert.deepEqual(
    journey?.stops.map(({ facts, span }) => [facts.offset, facts.consumerGroup, span.traceId]),
    [
      ['7', undefined, storyTraceId(1)],
      ['7', 'billing', storyTraceId(1)],
      ['7', 'audit', storyTraceId(2)],
      ['7', 'ledger', storyTraceId(3)],
    ],
  )
})

test('a stop that failed says why: the exception, or else the status', async () => {
  const journey = await getJourney(reader, 'kafka', 'orders', '3', '7')
  assert.deepEqual(
    journey?.stops.map(({ error, errorMessage }) => [error, errorMessage]),
    [
      [false, ''],
      [true, 'CardDeclined: no funds'],
      [false, ''],
      [true, 'timeout'],
    ],
  )
})

test('a message of a batch is told from the others in it', async () => {
  assert.deepEqual(stopsOf(await getJourney(reader, 'kafka', 'orders', '3', '8')), [
    ['shop', 'send', undefined, undefined],
    ['audit', 'process', 'link', 198],
  ])
})

test('neither another partition nor another topic is mistaken for it', async () => {
  for (const [topic, partition] of [
    ['orders', '4'],
    ['payments', '3'],
  ] as const)
    assert.deepEqual(stopsOf(await getJourney(reader, 'kafka', topic, partition, '7')), [
      ['shop', 'send', undefined, undefined],
    ])
})

test('a consumer that names no message is found by its link', async () => {
  assert.deepEqual(stopsOf(await getJourney(reader, 'kafka', 'news', '0', '1')), [
    ['shop', 'send', undefined, undefined],
    ['reader', 'process', 'link', 20],
  ])
})

test('a message is followed by the id that its sender gave it', async () => {
  const journey = await getMessageJourney(reader, 'mail-1')
  assert.deepEqual([journey?.system, journey?.destination], ['rabbitmq', 'mails'])
  assert.deepEqual(stopsOf(journey), [
    ['shop', 'send', undefined, undefined],
    ['mailer', 'process', 'message id', 40],
  ])
  assert.deepEqual(
    journey?.stops.map(({ facts }) => facts.attempt),
    [1, 2],
  )
})

test('a message that no span handled is undefined', async () => {
  assert.equal(await getJourney(reader, 'kafka', 'orders', '3', '9'), undefined)
  assert.equal(await getJourney(reader, 'rabbitmq', 'orders', '3', '7'), undefined)
  for (const none of ['-1', '', 'x', '1.5', '9223372036854775807', '9223372036854775808'])
    assert.equal(await getJourney(reader, 'kafka', 'news', '', none), undefined)
  assert.equal(await getMessageJourney(reader, 'mail-2'), undefined)
  assert.equal(await getMessageJourney(reader, ''), undefined)
})
