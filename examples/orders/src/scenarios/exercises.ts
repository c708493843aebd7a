import type { Scenario } from './scenario.ts'
import { orderMany, search, trace } from './scenario.ts'

/** The article's three exercises. */
export const exercises: readonly Scenario[] = [
  {
    name: 'bottleneck',
    title: 'Ten orders, and what holds them up',
    question: 'Which of ten orders is the slowest, and is it the payment or the notification?',
    settings: {
      'payment-service': { PAYMENT_INSERT_MS: '600', PAYMENT_CHARGE_MS: '50' },
      'notification-service': { NOTIFICATION_MAIL_MS: '100' },
    },
    run: system => orderMany(system, 10),
    look: placed => [
      search('ten orders, the slow ones by their length', 'name:"POST /orders" trace.dur>2s'),
      search('spans that took long', 'dur>500ms -kind:server'),
      ...trace('the last of them', placed.at(-1)),
    ],
  },
  {
    name: 'dead-letter',
    title: 'An order that nobody pays',
    question: 'What does a failed order look like, and where did its message go?',
    settings: {},
    run: system =>
      Promise.all([
        system.order({ product: 'Yacht', amount: 10_001 }),
        system.order({ product: 'Laptop', amount: 10_000 }),
      ]),
    look: placed => [
      ...trace('the order, and its way to the dead letters', placed[0]),
      search('all that died on orders.created', 'dlq:orders.created'),
      search('dead letters that nobody has read', 'is:dlq is:unconsumed'),
    ],
  },
  {
    name: 'retry-storm',
    title: 'A charge that is tried three times',
    question: 'Are all attempts seen, and how is a retry told from a first try?',
    settings: {
      'payment-service': {
        PAYMENT_ATTEMPTS: '3',
        PAYMENT_FAILURES: '3',
        PAYMENT_CHARGE_MS: '50',
        PAYMENT_BACK_OFF_MS: '200',
      },
    },
    run: system => orderMany(system, 2),
    look: placed => [
      search('attempts of the first order', `name:charge.card order.id:${placed[0]?.orderId}`),
      search('every retry', 'payment.attempt>1'),
      ...trace('the first order', placed[0]),
    ],
  },
]
