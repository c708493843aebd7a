import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { Peer } from '../message.ts'
import { wholeNumber } from '../message.ts'
import type { MessagingSystem, Route } from '../route.ts'
import { routeOf } from '../route.ts'
import type { MessagingTracing } from '../tracing.ts'

/** RabbitMQ, as the conventions 1.44 describe it (messaging/rabbitmq), and as those until 1.16 did. */
export const rabbitmqSystem: MessagingSystem = {
  name: 'rabbitmq',
  operationNames: {
    create: 'create',
    send: 'publish',
    receive: 'receive',
    process: 'process',
    settle: 'settle',
  },
  addRoute(attributes, operation, { routingKey, isAnonymous, isTemporary }) {
    if (routingKey !== undefined && routingKey !== '' && operation !== 'settle')
      attributes['messaging.rabbitmq.destination.routing_key'] = routingKey
    // The conventions know these two of destinations that a consumer has.
    if (operation === 'send' || operation === 'create') return
    if (isAnonymous === true) attributes['messaging.destination.anonymous'] = true
    if (isTemporary === true) attributes['messaging.destination.temporary'] = true
  },
  addMessage(sink, { messageId, conversationId, deliveryTag }) {
    if (typeof messageId === 'string' && messageId !== '')
      sink.setAttribute('messaging.message.id', messageId)
    if (typeof conversationId === 'string' && conversationId !== '')
      sink.setAttribute('messaging.message.conversation_id', conversationId)
    const tag = wholeNumber(deliveryTag)
    if (tag !== undefined) sink.setAttribute('messaging.rabbitmq.message.delivery_tag', tag)
  },
  oldNames: {
    'messaging.operation.name': undefined,
    'messaging.operation.type': { name: 'messaging.operation', convert: oldOperation },
    'messaging.destination.name': undefined,
    'messaging.rabbitmq.destination.routing_key': { name: 'messaging.rabbitmq.routing_key' },
    'messaging.rabbitmq.message.delivery_tag': undefined,
    'messaging.message.id': { name: 'messaging.message_id' },
    'messaging.message.conversation_id': { name: 'messaging.conversation_id' },
  },
  oldAttributes(_, { exchange }) {
    const attributes: Attributes = {
      'messaging.destination_kind': 'topic',
      'messaging.protocol': 'AMQP',
      'messaging.protocol_version': '0.9.1',
    }
    if (exchange !== undefined) attributes['messaging.destination'] = exchange
    return attributes
  },
}

/** The old conventions named no operation of a producer. */
function oldOperation(type: AttributeValue): AttributeValue | undefined {
  return type === 'process' || type === 'receive' ? type : undefined
}

/** The routes of one connection or channel, made when first asked for. */
export interface RabbitmqRoutes {
  /** Of messages that are published. The empty exchange is the default one. */
  published(exchange: string, routingKey: string, peer?: Peer): Route
  /** Of messages that a queue delivers. */
  delivered(exchange: string, routingKey: string, queue: Queue, peer?: Peer): Route
}

/** A queue, as its consumer knows it. Adapters give the same object for the same queue. */
export interface Queue {
  readonly name: string
  /** The broker made up its name; `amq.gen-…` says so by itself. */
  readonly isAnonymous?: boolean
  /** Exclusive or deleted with its last consumer. */
  readonly isTemporary?: boolean
}

const maxRoutes = 1000
const madeUpPrefix = 'amq.gen-'
/** RabbitMQ's direct replies: the rest of the routing key is made up, another one for each client. */
const replyQueue = 'amq.rabbitmq.reply-to'

/**
 * The routes of one RabbitMQ client. Routing keys may be as many as messages, so that a bounded number of routes
 * is kept.
 */
export function rabbitmqRoutes(tracing: MessagingTracing): RabbitmqRoutes {
  const routes = new Map<string, Route>()
  const kept = (key: string, peer: Peer | undefined, make: () => Route): Route => {
    const known = routes.get(key)
    if (known !== undefined && known.facts.peer === peer) return known
    if (routes.size >= maxRoutes) routes.clear()
    const route = make()
    routes.set(key, route)
    return route
  }
  // Most messages go the way of the one before: then no key is made and looked up.
  let lastSent: Route | undefined
  let lastDelivered: Route | undefined
  let lastQueue: Queue | undefined
  return {
    published: (exchange, key, peer) => {
      if (lastSent !== undefined && isWay(lastSent, exchange, key, peer)) return lastSent
      const routingKey = key.startsWith(replyQueue) ? replyQueue : key
      lastSent = kept(`${exchange}\n${routingKey}`, peer, () =>
        routeOf(tracing, rabbitmqSystem, {
          destination: producerDestination(exchange, routingKey),
          exchange,
          routingKey,
          peer,
          isAnonymous: exchange === '' && routingKey.startsWith(madeUpPrefix),
        }),
      )
      return lastSent
    },
    delivered: (exchange, key, queue, peer) => {
      if (lastDelivered !== undefined && queue === lastQueue && isWay(lastDelivered, exchange, key, peer))
        return lastDelivered
      const routingKey = key.startsWith(replyQueue) ? replyQueue : key
      lastQueue = queue
      lastDelivered = kept(`${exchange}\n${routingKey}\n${queue.name}`, peer, () =>
        routeOf(tracing, rabbitmqSystem, {
          destination: consumerDestination(exchange, routingKey, queue.name),
          exchange,
          routingKey,
          peer,
          isAnonymous: queue.isAnonymous === true || queue.name.startsWith(madeUpPrefix),
          isTemporary: queue.isTemporary,
        }),
      )
      return lastDelivered
    },
  }
}

function isWay({ facts }: Route, exchange: string, routingKey: string, peer: Peer | undefined): boolean {
  return facts.routingKey === routingKey && facts.exchange === exchange && facts.peer === peer
}

/** Conventions 1.44: `{exchange}:{routing key}`, either alone where the other is empty, `amq.default` for none. */
export function producerDestination(exchange: string, routingKey: string): string {
  return [exchange, routingKey].filter(part => part !== '').join(':') || 'amq.default'
}

/** Conventions 1.44: `{exchange}:{routing key}:{queue}`, empty parts left out, a queue named like the key once. */
export function consumerDestination(exchange: string, routingKey: string, queue: string): string {
  const key = routingKey === queue ? '' : routingKey
  return [exchange, key, queue].filter(part => part !== '').join(':') || 'amq.default'
}
