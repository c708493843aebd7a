import { context as contexts } from '@opentelemetry/api'
import { whenSettled } from '../../outcome.ts'
import type { Receiving } from '../../receive.ts'
import { deliver, endGet } from '../amqp/deliver.ts'
import type { Method } from '../amqp/replace.ts'
import { askingKey, handedOnOf, handle, subscribedKey } from './consume.ts'
import { tracedMessages } from './messages.ts'
import type { DeliveredMessage, Handler, SessionQueue } from './shapes.ts'

/**
 * The methods of a session's queue (4.0 and later). The client puts a function of its own around a handler, which
 * decodes before, acknowledges after and keeps what the handler throws to itself. The process span is around the
 * handler alone, so that it shows what the handler threw.
 */
export const queueMethods: Readonly<Record<string, (method: Method) => Method>> = {
  subscribe: method => tracedSubscribe(method as SessionQueue['subscribe']),
  consumeOne: method => tracedConsumeOne(method as SessionQueue['consumeOne']),
}

function tracedSubscribe(subscribe: SessionQueue['subscribe']): SessionQueue['subscribe'] {
  return function (this: SessionQueue, params, handler) {
    const given = typeof params === 'function' ? (params as Handler) : handler
    const marked = Object.assign({}, typeof params === 'function' ? undefined : params, {
      [subscribedKey]: true,
    })
    if (typeof given !== 'function')
      return whenSettled(
        () => subscribe.call(this, marked, handler),
        subscription => traceIteration(subscription as Subscription),
        () => {},
      )
    const traced: Handler = function (this: unknown, message) {
      const delivered = handedOnOf(message)
      return delivered === undefined ? given.call(this, message) : handle(delivered, given, this, message)
    }
    return subscribe.call(this, marked, traced)
  }
}

/** A subscription without a handler: an AMQPGeneratorSubscription. */
interface Subscription {
  [Symbol.asyncIterator](): AsyncGenerator<DeliveredMessage>
}

function traceIteration(subscription: Subscription): void {
  const iterate = subscription[Symbol.asyncIterator]
  Object.defineProperty(subscription, Symbol.asyncIterator, {
    value: function tracedIteration(this: Subscription) {
      return tracedMessages(iterate.call(this), message => {
        const delivered = handedOnOf(message)
        return delivered && deliver(delivered, true)
      })
    },
    configurable: true,
    writable: true,
  })
}

/** `consumeOne` consumes until the first message, acknowledges it and gives it: to the application, that is a `get`. */
function tracedConsumeOne(consumeOne: SessionQueue['consumeOne']): SessionQueue['consumeOne'] {
  return function (this: SessionQueue, options) {
    const startedAt = new Date()
    const startedMs = performance.now()
    const asking = contexts.active().setValue(askingKey, true)
    return whenSettled(
      () => contexts.with(asking, () => consumeOne.call(this, options)),
      message => {
        const delivered = typeof message === 'object' && message !== null ? handedOnOf(message) : undefined
        if (delivered === undefined) return
        const { book, queue } = delivered
        const route = book.routes.delivered('', queue.name, queue, book.peer)
        const receiving: Receiving = { route, startedAt, startedMs }
        endGet(receiving, Object.assign({}, delivered, { noAck: true }))
      },
      () => {},
    )
  }
}
