import type { StoredSpan, Stories } from './story-store.ts'

/** Attributes of a span that handles a message of a Kafka topic (semantic conventions 1.44). */
function kafka(
  topic: string,
  attributes: Readonly<Record<string, string | number>> = {},
): Readonly<Record<string, string | number>> {
  return { 'messaging.system': 'kafka', 'messaging.destination.name': topic, ...attributes }
}

/** Partition and offset of a message as attributes. */
function at(partition: number, offset: number): Readonly<Record<string, string | number>> {
  return { 'messaging.destination.partition.id': String(partition), 'messaging.kafka.offset': offset }
}

const sends = { 'messaging.operation.type': 'send' }
const processes = { 'messaging.operation.type': 'process' }
const group = (name: string) => ({ 'messaging.consumer.group.name': name })

/**
 * One trace for each thing that a query can ask for:
 *
 * - 1: an order through Kafka, context in the parent; its processing fails and is dead-lettered.
 * - 2, 3: a batch in one trace that links to sends in others.
 * - 4, 5: context lost; only the coordinates tie the two.
 * - 6: RabbitMQ, with a second attempt.
 * - 7: a message that nobody received. 8: a span without its parent. 9: one slow span of many.
 * - 10: one message processed twice.
 */
export const queryStories: Stories = {
  1: [
    {
      id: 1,
      at: [0, 100],
      service: 'shop',
      kind: 'server',
      name: 'POST /orders',
      attributes: { 'http.response.status_code': 200, 'user.id': 'u1' },
      resource: { 'host.name': 'h1' },
    },
    {
      id: 2,
      parent: 1,
      at: [10, 20],
      service: 'shop',
      kind: 'producer',
      name: 'send orders',
      attributes: kafka('orders', {
        ...sends,
        ...at(3, 1042),
        'messaging.kafka.message.key': 'order-17',
        'messaging.message.body.size': 6000,
        'messaging.client.id': 'shop-1',
        'messaging.kafka.cluster.id': 'c1',
      }),
    },
    {
      id: 3,
      parent: 2,
      at: [2020, 2200],
      service: 'billing',
      kind: 'consumer',
      name: 'process orders',
      error: true,
      message: 'Card was Declined: CardDeclined',
      attributes: kafka('orders', {
        ...processes,
        ...at(3, 1042),
        ...group('billing'),
        'messaging.kafka.message.key': 'order-17',
      }),
      events: [{ name: 'exception', attributes: { 'exception.type': 'CardDeclined' } }],
    },
    { id: 4, parent: 3, at: [2030, 2190], service: 'billing', kind: 'client', name: 'charge', error: true },
    {
      id: 5,
      parent: 3,
      at: [2195, 2199],
      service: 'billing',
      kind: 'producer',
      name: 'send orders.dlq',
      attributes: kafka('orders.dlq', { ...sends, ...at(0, 17) }),
    },
  ],
  2: [
    {
      id: 1,
      at: [1000, 1010],
      service: 'shop',
      kind: 'producer',
      name: 'send orders',
      attributes: kafka('orders', { ...sends, ...at(0, 5) }),
    },
  ],
  3: [
    {
      id: 1,
      at: [41_000, 41_100],
      service: 'audit',
      kind: 'consumer',
      name: 'process orders',
      attributes: kafka('orders', { ...processes, ...group('audit'), 'messaging.batch.message_count': 2 }),
      links: [
        { trace: 2, id: 1, attributes: at(0, 5) },
        { trace: 1, id: 2, attributes: at(3, 1042) },
      ],
    },
  ],
  4: [
    {
      id: 1,
      at: [0, 5],
      service: 'shop',
      kind: 'producer',
      name: 'send payments',
      attributes: kafka('payments', { ...sends, ...at(1, 9) }),
    },
  ],
  5: [
    {
      id: 1,
      at: [65, 70],
      service: 'ledger',
      kind: 'consumer',
      name: 'process payments',
      attributes: kafka('payments', { ...processes, ...at(1, 9), ...group('ledger') }),
    },
  ],
  6: [
    {
      id: 1,
      at: [0, 10],
      service: 'shop',
      kind: 'producer',
      name: 'send mails',
      attributes: rabbit('mails:order.created', sends),
    },
    {
      id: 2,
      parent: 1,
      at: [510, 600],
      service: 'mailer',
      kind: 'consumer',
      name: 'process mails',
      attributes: rabbit('mails:order.created:mail-queue', { ...processes, 'waybill.message.attempt': 2 }),
    },
  ],
  7: [
    { id: 1, at: [5000, 5100], service: 'shop', name: 'nightly' },
    {
      id: 2,
      parent: 1,
      at: [5010, 5020],
      service: 'shop',
      kind: 'producer',
      name: 'send reports',
      attributes: kafka('reports', sends),
    },
  ],
  8: [
    {
      id: 2,
      parent: 99,
      at: [6000, 6020],
      service: 'search',
      kind: 'server',
      name: 'GET /',
      attributes: { 'user.id': 'u2', 'http.response.status_code': 503, note: "50% off_\\'" },
    },
  ],
  9: Array.from({ length: 201 }, (_, i): StoredSpan => {
    const start = 10_000 + i
    return { id: i + 1, at: [start, start + (i === 200 ? 500 : 10)], service: 'tick', name: 'tick' }
  }),
  10: [1, 2, 3].map((id): StoredSpan => {
    const role = id === 1 ? sends : { ...processes, ...group('g') }
    return {
      id,
      ...(id > 1 && { parent: 1 }),
      at: [7000 + id * 20, 7010 + id * 20],
      service: id === 1 ? 'twice-shop' : 'twice',
      kind: id === 1 ? 'producer' : 'consumer',
      name: 'twice',
      attributes: kafka('twice', { ...role, ...at(0, 1) }),
    }
  }),
}

function rabbit(destination: string, attributes: Readonly<Record<string, string | number>>) {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': destination,
    'messaging.rabbitmq.destination.routing_key': 'order.created',
    'messaging.message.id': 'm-1',
    ...attributes,
  }
}
