import { context as contexts, createContextKey } from '@opentelemetry/api'
import { stamp } from '@waybill/model'
import { whenSettled } from '../../outcome.ts'
import { failReceive } from '../../receive.ts'
import type { Queue } from '../../systems/rabbitmq.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { ChannelBook } from '../amqp/channel.ts'
import { noteQueue, queueCalled } from '../amqp/channel.ts'
import type { Delivered } from '../amqp/deliver.ts'
import { deliver, endGet, publishedMs, startGet } from '../amqp/deliver.ts'
import { runHandler } from '../amqp/delivery.ts'
import { tracedMessages } from './messages.ts'
import type { Channel, ConsumeParams, Consumer, DeliveredMessage, Handler } from './shapes.ts'

/** Among a consumer's parameters: that a queue's `subscribe` traces handlers and loops, not the channel. */
export const subscribedKey = Symbol('waybill.subscribed')

/** In whose context a channel's consumer is one that brings a single message, for which somebody asks. */
export const askingKey = createContextKey('waybill.consumeOne')

/** Messages that a channel handed to what the client puts around the application's handler. */
const handedOn = stamp<Delivered>()

/** How a message was delivered that {@link tracedConsume} left to others to trace. */
export function handedOnOf(message: object): Delivered | undefined {
  return handedOn.get(message)
}

/** A channel's `basicConsume`: with a handler, or without one, for messages to be iterated over. */
export function tracedConsume(book: ChannelBook, consume: Channel['basicConsume']): Channel['basicConsume'] {
  return function (this: Channel, name, params, handler) {
    const queue = queueCalled(book, name)
    const noAck = isNoAck(params)
    const isSubscribed = Object.hasOwn(params ?? {}, subscribedKey)
    if (typeof handler !== 'function')
      return whenSettled(
        () => consume.call(this, name, params, handler),
        consumer => traceMessages(consumer as Consumer, book, queue, noAck, isSubscribed),
        () => {},
      )
    const isAsking = contexts.active().getValue(askingKey) === true
    const receive: Handler = function (this: unknown, message) {
      let delivered: Delivered | undefined
      try {
        if (isDelivered(message)) delivered = deliveredBy(book, queue, noAck, message)
      } catch (error) {
        warnOnce('A message could not be traced', error)
      }
      if (delivered === undefined) return handler.call(this, message)
      if (isSubscribed || isAsking) {
        handedOn.set(message, delivered)
        return handler.call(this, message)
      }
      return handle(delivered, handler, this, message)
    }
    return consume.call(this, name, params, receive)
  }
}

/** Runs a handler in its message's own process span. */
export function handle(
  delivered: Delivered,
  handler: Handler,
  self: unknown,
  message: DeliveredMessage,
): unknown {
  const delivery = deliver(delivered)
  return delivery === undefined ? handler.call(self, message) : runHandler(delivery, handler, self, message)
}

function traceMessages(
  consumer: Consumer,
  book: ChannelBook,
  queue: Queue,
  noAck: boolean,
  isSubscribed: boolean,
): void {
  const { messages } = consumer
  if (messages === undefined) return
  const value = isSubscribed
    ? notedMessages(messages, message => handedOn.set(message, deliveredBy(book, queue, noAck, message)))
    : tracedMessages(messages, message =>
        isDelivered(message) ? deliver(deliveredBy(book, queue, noAck, message), true) : undefined,
      )
  Object.defineProperty(consumer, 'messages', { value, configurable: true })
}

/** A subscription's own loop takes these messages, and hands them on to that of the application. */
async function* notedMessages(
  messages: AsyncGenerator<DeliveredMessage>,
  note: (message: DeliveredMessage) => void,
): AsyncGenerator<DeliveredMessage> {
  for await (const message of messages) {
    if (isDelivered(message)) guarded('A message could not be traced', () => note(message))
    yield message
  }
}

/** A channel's `basicGet`, with a receive span for each message that it brings. */
export function tracedGet(book: ChannelBook, get: Channel['basicGet']): Channel['basicGet'] {
  return function (this: Channel, name, params) {
    const queue = queueCalled(book, name)
    const receiving = guarded('A get could not be traced', () => startGet(book, queue))
    if (receiving === undefined) return get.call(this, name, params)
    return whenSettled(
      () => get.call(this, name, params),
      message => {
        if (isDelivered(message)) endGet(receiving, deliveredBy(book, queue, isNoAck(params), message))
      },
      error => failReceive(receiving, error),
    )
  }
}

/** A channel's `queueDeclare`, which tells the names that the broker made up, and the queues that will go away. */
export function tracedDeclare(book: ChannelBook, declare: Channel['queueDeclare']): Channel['queueDeclare'] {
  return function (this: Channel, asked, params, ...rest) {
    return whenSettled(
      () => declare.call(this, asked, params, ...rest),
      answer => {
        const { name } = (answer ?? {}) as { readonly name?: unknown }
        if (typeof name !== 'string') return
        // The client's defaults: a queue without a name of its own goes away.
        const isAnonymous = asked === undefined || asked === ''
        const { exclusive = isAnonymous, autoDelete = isAnonymous } = params ?? {}
        noteQueue(book, { name, isAnonymous, isTemporary: Boolean(exclusive) || Boolean(autoDelete) })
      },
      () => {},
    )
  }
}

function isNoAck(params: ConsumeParams | undefined): boolean {
  return params?.noAck === undefined || Boolean(params.noAck)
}

export function isDelivered(message: unknown): message is DeliveredMessage {
  return typeof message === 'object' && message !== null && 'deliveryTag' in message
}

function deliveredBy(book: ChannelBook, queue: Queue, noAck: boolean, original: DeliveredMessage): Delivered {
  const { exchange, routingKey, body, deliveryTag, redelivered, properties = {} } = original
  const { headers, timestamp, messageId, correlationId } = properties
  return {
    book,
    queue,
    noAck,
    exchange,
    routingKey,
    message: {
      headers,
      original,
      value: body,
      timestampMs: publishedMs(headers, timestamp),
      messageId,
      conversationId: correlationId,
      deliveryTag,
      isRedelivered: redelivered === true,
    },
  }
}
