import type { StorySpan } from '@waybill/model/story'

type Attributes = NonNullable<StorySpan['attributes']>

function kafka(operation: string, destination: string, more: Attributes = {}): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': destination,
    'messaging.operation.type': operation,
    ...more,
  }
}

const place = { 'messaging.destination.partition.id': '3', 'messaging.kafka.offset': '1042' }
const group = (name: string): Attributes => ({ 'messaging.consumer.group.name': name })

/** An order that two groups receive, the first by its parent, the second by a link; one payment fails. */
export const shopStory: readonly StorySpan[] = [
  { id: 1, service: 'shop', name: 'POST /orders', kind: 'server', at: [0, 96] },
  { id: 2, parent: 1, service: 'shop', name: 'validate order', at: [5, 23] },
  {
    id: 3,
    parent: 1,
    service: 'shop',
    name: 'send orders',
    kind: 'producer',
    at: [30, 70],
    attributes: kafka('send', 'orders', place),
  },
  {
    id: 4,
    parent: 3,
    service: 'billing',
    name: 'process orders',
    kind: 'consumer',
    at: [2170, 2382],
    attributes: kafka('process', 'orders', { ...place, ...group('billing') }),
  },
  {
    id: 5,
    parent: 4,
    service: 'billing',
    name: 'POST api.cards/charge',
    kind: 'client',
    at: [2180, 2308],
    error: true,
  },
  { id: 6, parent: 4, service: 'billing', name: 'POST api.cards/charge', kind: 'client', at: [2320, 2367] },
  {
    id: 7,
    parent: 4,
    service: 'billing',
    name: 'send payments',
    kind: 'producer',
    at: [2370, 2379],
    attributes: kafka('send', 'payments'),
  },
  {
    id: 8,
    parent: 7,
    service: 'notification',
    name: 'process payments',
    kind: 'consumer',
    at: [2440, 2558],
    attributes: kafka('process', 'payments', group('notification')),
  },
  { id: 9, parent: 8, service: 'notification', name: 'SMTP send', kind: 'client', at: [2450, 2541] },
  {
    id: 10,
    service: 'audit',
    name: 'process orders',
    kind: 'consumer',
    at: [2810, 2894],
    attributes: kafka('process', 'orders', { ...place, ...group('audit') }),
    links: [{ id: 3 }],
  },
  {
    id: 11,
    parent: 10,
    service: 'audit',
    name: 'INSERT audit_log',
    kind: 'client',
    at: [2815, 2878],
    attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'audit' },
  },
  {
    id: 12,
    parent: 1,
    service: 'shop',
    name: 'send tasks',
    kind: 'producer',
    at: [71, 80],
    attributes: {
      'messaging.system': 'rabbitmq',
      'messaging.destination.name': 'tasks',
      'messaging.operation.type': 'send',
    },
  },
]

/** A call that is not waited for (FOLLOWS_FROM), a link beside it, ten steps of one name, a service twice. */
export const followsStory: readonly StorySpan[] = [
  { id: 1, service: 'gateway', name: 'GET /checkout', kind: 'server', at: [0, 40] },
  { id: 2, parent: 1, service: 'gateway', name: 'call eshop', kind: 'client', at: [2, 38] },
  { id: 3, parent: 2, service: 'eshop', name: '/checkout', kind: 'server', at: [4, 36] },
  {
    id: 4,
    parent: 3,
    service: 'recommendations',
    name: 'refresh',
    at: [40, 300],
    links: [{ id: 3, attributes: { 'opentracing.ref_type': 'follows_from' } }],
  },
  ...Array.from(
    { length: 10 },
    (_, step): StorySpan => ({
      id: 10 + step,
      parent: 4,
      service: 'recommendations',
      name: 'score product',
      at: [50 + step * 20, 60 + step * 21],
      error: step === 7,
    }),
  ),
  { id: 30, parent: 3, service: 'inventory', name: '/createOrder', kind: 'server', at: [8, 20] },
  {
    id: 31,
    parent: 30,
    service: 'inventory',
    name: 'reserve',
    at: [9, 18],
    links: [{ id: 2 }],
  },
  { id: 32, parent: 31, service: 'gateway', name: 'callback', kind: 'server', at: [12, 15] },
]

/** A trace of `count` spans: handlers that call each other, several hundred names. */
export function largeStory(count: number): readonly StorySpan[] {
  return Array.from({ length: count }, (_, i): StorySpan => {
    const parent = i === 0 ? undefined : Math.floor((i - 1) / 8) + 1
    const at: StorySpan['at'] = [i / 10, i / 10 + 20]
    return {
      id: i + 1,
      ...(parent !== undefined && { parent }),
      service: `service-${i % 7}`,
      name: `step ${i % 300}`,
      at,
    }
  })
}
