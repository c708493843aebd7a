import { context as contexts } from '@opentelemetry/api'
import type { Message } from '../../message.ts'
import { whenSettled } from '../../outcome.ts'
import { failReceive } from '../../receive.ts'
import type { Queue } from '../../systems/rabbitmq.ts'
import { guarded } from '../../warn.ts'
import type { ChannelBook, Setup } from '../amqp/channel.ts'
import { queueCalled } from '../amqp/channel.ts'
import type { Delivered } from '../amqp/deliver.ts'
import { deliver, endGet, publishedMs, startGet } from '../amqp/deliver.ts'
import { runHandler } from '../amqp/delivery.ts'
import type { Method } from '../amqp/replace.ts'
import { stateOf } from './channel.ts'
import type { Callback, Channel, DeliveredMessage, Handler } from './shapes.ts'
import { isDelivered } from './shapes.ts'

type Consume = (
  this: Channel,
  queue: string,
  handler: Handler,
  options?: unknown,
  callback?: unknown,
) => unknown
type Get = (this: Channel, queue: string, options?: unknown, callback?: unknown) => unknown

/** A channel's `consume`, whose handler runs in each message's own process span. */
export function tracedConsume(method: Method, setup: Setup): Method {
  const consume = method as Consume
  return function (this: Channel, queue, handler, options, callback) {
    const traced =
      typeof handler === 'function' && typeof queue === 'string'
        ? guarded('A consumer could not be traced', () => {
            const { book } = stateOf(this, setup)
            return tracedHandler(book, queueCalled(book, queue), handler, isNoAck(options))
          })
        : undefined
    return consume.call(this, queue, traced ?? handler, options, callback)
  } satisfies Consume
}

/** A consumer that the broker cancels is given `null`. */
function tracedHandler(book: ChannelBook, queue: Queue, handler: Handler, noAck: boolean): Handler {
  return function (this: unknown, message) {
    const delivered = isDelivered(message) ? deliveredBy(book, queue, noAck, message) : undefined
    const delivery = delivered && deliver(delivered)
    return delivery === undefined ? handler.call(this, message) : runHandler(delivery, handler, this, message)
  }
}

/** A channel's `get`, with a receive span for each message that it brings. */
export function tracedGet(method: Method, setup: Setup): Method {
  const get = method as Get
  return function (this: Channel, queue, options, callback) {
    const getting =
      typeof queue === 'string'
        ? guarded('A get could not be traced', () =>
            gettingFrom(stateOf(this, setup).book, queue, isNoAck(options)),
          )
        : undefined
    if (getting === undefined) return get.call(this, queue, options, callback)
    if (typeof callback !== 'function')
      return whenSettled(() => get.call(this, queue, options, callback), getting.answer, getting.fail)
    const inScope = contexts.bind(contexts.active(), callback as Callback)
    const told: Callback = function (this: unknown, error, ...results) {
      guarded('A get could not be traced', () =>
        error === null ? getting.answer(results[0]) : getting.fail(error),
      )
      return inScope.call(this, error, ...results)
    }
    return get.call(this, queue, options, told)
  } satisfies Get
}

interface Getting {
  answer(message: unknown): void
  fail(error: unknown): void
}

function gettingFrom(book: ChannelBook, name: string, noAck: boolean): Getting {
  const queue = queueCalled(book, name)
  const receiving = startGet(book, queue)
  return {
    answer(message) {
      if (isDelivered(message)) endGet(receiving, deliveredBy(book, queue, noAck, message))
    },
    fail(error) {
      failReceive(receiving, error)
    },
  }
}

function isNoAck(options: unknown): boolean {
  return Boolean((options as { readonly noAck?: unknown } | null | undefined)?.noAck)
}

function deliveredBy(book: ChannelBook, queue: Queue, noAck: boolean, original: DeliveredMessage): Delivered {
  const { fields, properties, content } = original
  const message: Message = {
    headers: properties.headers,
    original,
    value: content,
    timestampMs: publishedMs(properties.headers, properties.timestamp),
    messageId: properties.messageId,
    conversationId: properties.correlationId,
    deliveryTag: fields.deliveryTag,
    isRedelivered: fields.redelivered === true,
  }
  return { book, queue, noAck, exchange: fields.exchange, routingKey: fields.routingKey, message }
}
