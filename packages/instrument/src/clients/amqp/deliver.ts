import type { Context } from '@opentelemetry/api'
import { ROOT_CONTEXT } from '@opentelemetry/api'
import type { MessageHeaders } from '../../headers.ts'
import { rawHeaderOf } from '../../headers.ts'
import type { Message } from '../../message.ts'
import { wholeNumber } from '../../message.ts'
import { carriedContext, startProcess } from '../../process.ts'
import type { Receiving } from '../../receive.ts'
import { endReceive, startReceive } from '../../receive.ts'
import type { MessageScope } from '../../scope.ts'
import { keepScope } from '../../scope.ts'
import type { Queue } from '../../systems/rabbitmq.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { ChannelBook } from './channel.ts'
import { Delivery, runHandler } from './delivery.ts'

/** A message as a channel delivered it, with what the client's own object does not say. */
export interface Delivered {
  readonly book: ChannelBook
  readonly queue: Queue
  /** Whether the broker takes it for settled already. */
  readonly noAck: boolean
  readonly exchange: string
  readonly routingKey: string
  readonly message: Message
}

/**
 * Starts the processing of a message that is about to be handed out; undefined where it cannot be traced.
 *
 * @param isLoops whether a loop gets it, not a handler: then `processMessage` ends the processing.
 */
export function deliver(delivered: Delivered, isLoops = false): Delivery | undefined {
  const { book, queue, noAck, exchange, routingKey, message } = delivered
  try {
    const route = book.routes.delivered(exchange, routingKey, queue, book.peer)
    const carried = carriedContext(route, message)
    const processing = startProcess(route, message, carried)
    const delivery = new Delivery(route, message, queue, carried, processing, noAck)
    if (message.original !== undefined)
      keepScope(message.original, isLoops ? scopeInLoop(delivery) : delivery)
    if (!noAck) keep(book, message, delivery)
    return delivery
  } catch (error) {
    warnOnce('A message could not be traced', error)
    return undefined
  }
}

function scopeInLoop(delivery: Delivery): MessageScope {
  const { route, message, carried } = delivery
  return {
    route,
    message,
    carried,
    context: () => delivery.context(),
    run: handler => runHandler(delivery, handler, undefined, undefined) as ReturnType<typeof handler>,
  }
}

/** Notes that an application asks a queue for a message. */
export function startGet(book: ChannelBook, queue: Queue): Receiving {
  return startReceive(book.routes.delivered('', queue.name, queue, book.peer))
}

/** Makes the receive span of a message that an application asked for and got. */
export function endGet(receiving: Receiving, delivered: Delivered): void {
  const { book, queue, noAck, exchange, routingKey, message } = delivered
  const route = book.routes.delivered(exchange, routingKey, queue, book.peer)
  endReceive(receiving, [message], true, route)
  if (noAck) return
  const carried: Context =
    guarded('A message could not be traced', () => carriedContext(route, message)) ?? ROOT_CONTEXT
  keep(book, message, new Delivery(route, message, queue, carried, undefined, false))
}

function keep(book: ChannelBook, { deliveryTag }: Message, delivery: Delivery): void {
  if (typeof deliveryTag === 'number') book.unsettled.keep(deliveryTag, delivery)
}

/** Timestamps from here on are milliseconds: as seconds they would lie beyond the year 5000. */
const leastMilliseconds = 1e11

/**
 * When a message was published, if anybody said so: the broker's own note in milliseconds (a header that RabbitMQ's
 * message interceptors set), or the publisher's timestamp, which is in seconds by AMQP 0-9-1.
 */
export function publishedMs(
  headers: MessageHeaders | null | undefined,
  timestamp: unknown,
): number | undefined {
  const noted = wholeNumber(rawHeaderOf(headers, 'timestamp_in_ms'))
  if (noted !== undefined && noted > 0) return noted
  const stated = timestamp instanceof Date ? wholeNumber(timestamp.getTime()) : wholeNumber(timestamp)
  if (stated === undefined || stated === 0) return undefined
  return stated >= leastMilliseconds ? stated : stated * 1000
}
