import type { Placed } from '../start.ts'
import type { Scenario } from './scenario.ts'
import { orderAhead, orderMany, search, trace } from './scenario.ts'

const quick = { PAYMENT_CHARGE_MS: '20', PAYMENT_INSERT_MS: '20' }

/** The article's problem, its solution, and the four ways it names to lose what was gained. */
export const pitfalls: readonly Scenario[] = [
  {
    name: 'broken-context',
    title: 'A producer that sends no context',
    question: 'Why does the trace of an order end at Kafka, and where does it go on?',
    settings: { 'order-service': { ORDER_PROPAGATION: 'none' } },
    run: system => orderMany(system, 1),
    look: placed => [
      ...trace('the order: one half', placed[0]),
      search('payments that start a trace of their own', 'name:process.payment is:root'),
    ],
  },
  {
    name: 'fixed',
    title: 'The same producer, with one line more',
    question: 'What does propagation.inject change?',
    settings: { 'order-service': { ORDER_PROPAGATION: 'by hand' } },
    run: system => orderMany(system, 1),
    look: placed => trace('the order: whole', placed[0]),
  },
  {
    name: 'headers-broken',
    title: 'A context object where a text belongs',
    question: 'Which header is it that nobody can read?',
    settings: { 'order-service': { ORDER_PROPAGATION: 'object' } },
    async run(system) {
      const refused = await system.order({ product: 'Laptop', amount: 1500 })
      await system.fleet.configure({ 'order-service': { ORDER_PROPAGATION: 'object as text' } })
      return [refused, await system.order({ product: 'Laptop', amount: 1500 })]
    },
    look: placed => [
      ...trace('the order that kafkajs does not send', placed[0]),
      search('messages whose context cannot be read', 'event:context.unreadable'),
      ...trace('the order that is sent with a text that says nothing', placed[1]),
    ],
  },
  {
    name: 'clock-skew',
    title: 'A clock that is 300 ms slow',
    question: 'Whose clock is wrong, and by how much?',
    settings: { 'notification-service': { NOTIFICATION_CLOCK_OFFSET_MS: '-300' } },
    run: system => orderMany(system, 1),
    look: placed => [
      ...trace('the order: a message that arrives before it was sent', placed[0]),
      search('messages that waited less than no time', 'wait<0ms'),
    ],
  },
  {
    name: 'batch-context-loss',
    title: 'A batch under one span',
    question: 'Where are the payments of these six orders?',
    settings: { 'payment-service': { ...quick, PAYMENT_BATCH: 'shared' } },
    run: system => orderAhead(system, 6),
    look: placed => [
      ...trace('an order: it ends at Kafka', placed[0]),
      search('the batches', 'name:"poll orders.created"'),
    ],
  },
  {
    name: 'batch-right',
    title: 'A batch whose messages keep their own context',
    question: 'And now?',
    settings: { 'payment-service': { ...quick, PAYMENT_BATCH: 'own' } },
    run: system => orderAhead(system, 6),
    look: placed => [
      ...trace('an order: whole', placed[0]),
      search('the batches, linked with what they held', 'name:"poll orders.created"'),
    ],
  },
  {
    name: 'consumer-crash',
    title: 'A consumer that is killed before its spans have left',
    question: 'Which spans are orphans, whose parent is missing, and was the order paid?',
    // Nothing leaves for a minute; it is killed long before.
    settings: {
      'payment-service': { ...quick, PAYMENT_KILLED: 'yes', OTEL_BSP_SCHEDULE_DELAY: '60000' },
    },
    async run(system) {
      const gone = system.fleet.replaceWhenGone('payment-service', quick)
      const placed = await orderMany(system, 1)
      await gone
      return placed
    },
    look: placed => [
      search('orphans', 'is:orphan'),
      ...trace('the order: paid by a process that nobody saw, and again', placed[0]),
    ],
  },
]

const most = 2000

/** What the article advises: to watch the lag, and to sample where there is much. */
export const practices: readonly Scenario[] = [
  {
    name: 'lag',
    title: 'A consumer that is slower than its producer',
    question: 'How far behind is the consumer, and since when do messages wait?',
    settings: { 'payment-service': { PAYMENT_CHARGE_MS: '400' } },
    run: system => orderAhead(system, 8),
    look: placed => [
      search('orders that waited more than two seconds', 'topic:orders.created op:process wait>2s'),
      search('messages that others stood behind', 'messaging.consumer_lag>=1'),
      ...trace('the last order', placed.at(-1)),
    ],
  },
  {
    name: 'sampling',
    title: 'One trace of a hundred',
    question: 'How much is left of many orders, and is what is left whole?',
    settings: {
      'order-service': { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' },
      'payment-service': { PAYMENT_CHARGE_MS: '0', PAYMENT_INSERT_MS: '0' },
      'notification-service': { NOTIFICATION_MAIL_MS: '0' },
    },
    async run(system) {
      const placed: Placed[] = []
      // With 300 orders, one time in twenty none of them is sampled.
      while (placed.length < 300 || !(placed.some(({ isSampled }) => isSampled) || placed.length >= most)) {
        const orders = Array.from({ length: 20 }, () => system.order({ product: 'Pen', amount: 1 }))
        placed.push(...(await Promise.all(orders)))
      }
      return placed
    },
    look: placed => [
      search('what is left', 'name:"POST /orders" order.product:Pen'),
      ...placed
        .filter(({ isSampled }) => isSampled)
        .slice(0, 3)
        .flatMap(order => trace(`order ${order.orderId}`, order)),
    ],
  },
]
