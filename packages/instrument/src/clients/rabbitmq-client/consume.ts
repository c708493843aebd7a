import { context as contexts } from '@opentelemetry/api'
import { stamp } from '@waybill/model'
import { isThenable, whenSettled } from '../../outcome.ts'
import { failReceive } from '../../receive.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { ChannelBook } from '../amqp/channel.ts'
import { noteQueue, queueCalled } from '../amqp/channel.ts'
import type { Delivered } from '../amqp/deliver.ts'
import { deliver, endGet, publishedMs, startGet } from '../amqp/deliver.ts'
import type { Delivery } from '../amqp/delivery.ts'
import { runHandler } from '../amqp/delivery.ts'
import { refusalBy } from '../amqp/settle.ts'
import { asText } from './body.ts'
import type { Channel, ConsumeParams, DeclareParams, DeliveredMessage, Handler } from './shapes.ts'

/** Messages that a channel handed to a Consumer, which hands them to the application when it has room for them. */
const prefetched = stamp<Delivered>()

/**
 * A channel's `basicConsume`.
 *
 * @param isConsumers whether the channel is a Consumer's own: then {@link tracedHandler} traces the handler.
 */
export function tracedConsume(
  book: ChannelBook,
  consume: Channel['basicConsume'],
  isConsumers: boolean,
): Channel['basicConsume'] {
  return function (this: Channel, params, handler) {
    if (typeof handler !== 'function') return consume.call(this, params, handler)
    const { queue: name, noAck } = params ?? {}
    const queue = queueCalled(book, name)
    const receive: Handler = function (this: unknown, message) {
      let delivered: Delivered | undefined
      try {
        if (isDelivered(message)) delivered = deliveredBy(book, queue, Boolean(noAck), message)
      } catch (error) {
        warnOnce('A message could not be traced', error)
      }
      if (delivered === undefined) return handler.call(this, message)
      if (isConsumers) {
        prefetched.set(message, delivered)
        return handler.call(this, message)
      }
      const delivery = deliver(delivered)
      return delivery === undefined
        ? handler.call(this, message)
        : runHandler(delivery, handler, this, message)
    }
    return consume.call(this, params, receive)
  }
}

/** The handler of a Consumer, which runs in each message's own process span. */
export function tracedHandler(handler: Handler): Handler {
  return function (this: unknown, message, ...rest) {
    const delivered = prefetched.get(message)
    const delivery = delivered && deliver(delivered)
    if (delivery === undefined) return handler.call(this, message, ...rest)
    return runJudged(delivery, handler, this, message, rest)
  }
}

/** As {@link runHandler} does, but heeds the status that the handler gives for its message. */
function runJudged(
  delivery: Delivery,
  handler: Handler,
  self: unknown,
  message: DeliveredMessage,
  rest: readonly unknown[],
): unknown {
  let result: unknown
  try {
    result = contexts.with(delivery.context(), handler, self as undefined, message, ...rest)
  } catch (error) {
    delivery.fail(error)
    throw error
  }
  if (!isThenable(result)) {
    heed(delivery, result)
    delivery.returned()
    return result
  }
  return result.then(
    status => {
      heed(delivery, status)
      delivery.end()
      return status
    },
    (error: unknown) => {
      delivery.fail(error)
      throw error
    },
  )
}

/** The client's ConsumerStatus: what a handler returns to have its message refused. */
const requeue = 1
const drop = 2

function heed(delivery: Delivery, status: unknown): void {
  if (delivery.isSettled) return
  if (status === requeue || status === drop) delivery.settled(refusalBy('nack', status === requeue))
}

/** A channel's `basicGet`, with a receive span for each message that it brings. */
export function tracedGet(book: ChannelBook, get: Channel['basicGet']): Channel['basicGet'] {
  return function (this: Channel, params) {
    const { queue: name, noAck }: ConsumeParams =
      typeof params === 'object' && params !== null ? params : { queue: params }
    const queue = queueCalled(book, name)
    const receiving = guarded('A get could not be traced', () => startGet(book, queue))
    if (receiving === undefined) return get.call(this, params)
    return whenSettled(
      () => get.call(this, params),
      message => {
        if (isDelivered(message)) endGet(receiving, deliveredBy(book, queue, Boolean(noAck), message))
      },
      error => failReceive(receiving, error),
    )
  }
}

/** A channel's `queueDeclare`, which tells the names that the broker made up, and the queues that will go away. */
export function tracedDeclare(book: ChannelBook, declare: Channel['queueDeclare']): Channel['queueDeclare'] {
  return function (this: Channel, params) {
    const {
      queue: asked,
      exclusive,
      autoDelete,
    }: DeclareParams = typeof params === 'object' && params !== null ? params : { queue: params }
    return whenSettled(
      () => declare.call(this, params),
      answer => {
        const { queue: name } = (answer ?? {}) as { readonly queue?: unknown }
        if (typeof name !== 'string') return
        const isAnonymous = asked === undefined || asked === null || asked === ''
        noteQueue(book, { name, isAnonymous, isTemporary: Boolean(exclusive) || Boolean(autoDelete) })
      },
      () => {},
    )
  }
}

function isDelivered(message: unknown): message is DeliveredMessage {
  return typeof message === 'object' && message !== null && 'deliveryTag' in message
}

function deliveredBy(
  book: ChannelBook,
  queue: Delivered['queue'],
  noAck: boolean,
  original: DeliveredMessage,
): Delivered {
  const { exchange, routingKey, headers, timestamp } = original
  return {
    book,
    queue,
    noAck,
    exchange: typeof exchange === 'string' ? exchange : '',
    routingKey: typeof routingKey === 'string' ? routingKey : '',
    message: {
      headers,
      original,
      value: asText(book.tracing, original.body),
      timestampMs: publishedMs(headers, timestamp),
      messageId: original.messageId,
      conversationId: original.correlationId,
      deliveryTag: original.deliveryTag,
      isRedelivered: original.redelivered === true,
    },
  }
}
