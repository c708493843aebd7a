import type { StorySpan } from '@waybill/model/story'

type Attributes = NonNullable<StorySpan['attributes']>

const sends = (topic: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': topic,
  'messaging.operation.type': 'send',
})
const processes = (topic: string, group: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': topic,
  'messaging.operation.type': 'process',
  'messaging.consumer.group.name': group,
})

/** What the services of the orders are written in. */
export const orderLanguages = { shop: 'nodejs', billing: 'python', notification: 'go' } as const

/** The shop's part of an order, and its processing, which begins when the message has waited. */
function begun(waitedMs: number, processedMs: number, error = false): readonly StorySpan[] {
  const received = 70 + waitedMs
  const at = [received, received + processedMs] as const
  return [
    { id: 1, service: 'shop', name: 'POST /orders', kind: 'server', at: [0, 96] },
    { id: 2, parent: 1, service: 'shop', name: 'validate order', at: [5, 23] },
    {
      id: 3,
      parent: 1,
      service: 'shop',
      name: 'send orders',
      kind: 'producer',
      at: [30, 70],
      attributes: sends('orders'),
    },
    {
      id: 4,
      parent: 3,
      service: 'billing',
      name: 'process orders',
      kind: 'consumer',
      at,
      error,
      attributes: processes('orders', 'billing'),
    },
  ]
}

/** An attempt to charge the card, by the id of its span. */
function charge(id: number, fromMs: number, lastsMs: number, error = false): StorySpan {
  const at = [fromMs, fromMs + lastsMs] as const
  return { id, parent: 4, service: 'billing', name: 'charge card', kind: 'client', at, error }
}

/** An order that waits 2.1 s in its topic, is paid, and somebody is told. */
export const usualOrder: readonly StorySpan[] = [
  ...begun(2100, 210),
  charge(5, 2180, 120),
  {
    id: 20,
    parent: 4,
    service: 'billing',
    name: 'send payments',
    kind: 'producer',
    at: [2350, 2360],
    attributes: sends('payments'),
  },
  {
    id: 21,
    parent: 20,
    service: 'notification',
    name: 'process payments',
    kind: 'consumer',
    at: [2390, 2500],
    attributes: processes('payments', 'notification'),
  },
]

/** The same, all of it a few milliseconds longer. */
export const likeOrder: readonly StorySpan[] = usualOrder.map(span => ({
  ...span,
  at: [span.at[0], span.at[1] + 3],
}))

/** An order that waits 5 s and is charged three times in vain: nobody is told. */
export const failedOrder: readonly StorySpan[] = [
  ...begun(5000, 730, true),
  charge(5, 5080, 120, true),
  charge(6, 5300, 120, true),
  charge(7, 5600, 120, true),
  { id: 8, parent: 4, service: 'billing', name: 'refund', at: [5730, 5790] },
]

/**
 * A trace of many spans; of ten, nine are steps of their own, and the tenth one comes again and again.
 *
 * @param moreMs what every span takes more.
 */
export function longImport(spans: number, moreMs: number): readonly StorySpan[] {
  return Array.from({ length: spans }, (_, index): StorySpan => {
    const id = index + 1
    if (index === 0) return { id, service: 'shop', name: 'import', at: [0, 60_000] }
    const parent = index < 50 ? 1 : 1 + (index % 49)
    const name = index % 10 === 0 ? `step ${index % 500}` : `step ${index}`
    return { id, parent, service: `worker-${index % 5}`, name, at: [index, index + 20 + moreMs] }
  })
}
