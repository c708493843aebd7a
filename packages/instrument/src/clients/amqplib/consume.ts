import type { Context } from '@opentelemetry/api'
import { context as contexts, ROOT_CONTEXT } from '@opentelemetry/api'
import { rawHeaderOf } from '../../headers.ts'
import type { Message } from '../../message.ts'
import { wholeNumber } from '../../message.ts'
import { whenSettled } from '../../outcome.ts'
import { carriedContext, startProcess } from '../../process.ts'
import { endReceive, failReceive, startReceive } from '../../receive.ts'
import { contextOf, keepScope } from '../../scope.ts'
import type { Queue } from '../../systems/rabbitmq.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { ChannelState, Setup } from './channel.ts'
import { queueCalled, stateOf } from './channel.ts'
import { Delivery, runHandler } from './delivery.ts'
import type { Callback, Channel, DeliveredMessage, Handler, Method } from './shapes.ts'
import { isDelivered } from './shapes.ts'

type Consume = (
  this: Channel,
  queue: string,
  handler: Handler,
  options: unknown,
  callback: unknown,
) => unknown
type Get = (this: Channel, queue: string, options: unknown, callback: unknown) => unknown

/** A channel's `consume`, whose handler runs in each message's own process span. */
export function tracedConsume(original: Method, setup: Setup): Method {
  const consume = original as unknown as Consume
  return function (this: Channel, queue, handler, options, callback) {
    const traced =
      typeof handler === 'function' && typeof queue === 'string'
        ? guarded('A consumer could not be traced', () => {
            const state = stateOf(this, setup)
            return tracedHandler(state, queueCalled(state, queue), handler, isNoAck(options))
          })
        : undefined
    return consume.call(this, queue, traced ?? handler, options, callback)
  } satisfies Consume as unknown as Method
}

function tracedHandler(state: ChannelState, queue: Queue, handler: Handler, noAck: boolean): Handler {
  return function (this: unknown, message) {
    const delivery = isDelivered(message) ? deliver(state, queue, message, noAck) : undefined
    return delivery === undefined ? handler.call(this, message) : runHandler(delivery, handler, this, message)
  }
}

/** Starts the processing of a message that is about to be handed out. */
function deliver(
  state: ChannelState,
  queue: Queue,
  original: DeliveredMessage,
  noAck: boolean,
): Delivery | undefined {
  try {
    const { exchange, routingKey, deliveryTag } = original.fields
    const route = state.routes.delivered(exchange, routingKey, queue, state.connection.peer)
    const message = messageOf(original)
    const carried = carriedContext(route, message)
    const processing = startProcess(route, message, carried)
    const delivery = new Delivery(route, message, queue, carried, processing, noAck)
    keepScope(original, delivery)
    if (!noAck) state.unsettled.keep(deliveryTag, delivery)
    return delivery
  } catch (error) {
    warnOnce('A message could not be traced', error)
    return undefined
  }
}

/** A channel's `get`, with a receive span for each message that it brings. */
export function tracedGet(original: Method, setup: Setup): Method {
  const get = original as unknown as Get
  return function (this: Channel, queue, options, callback) {
    const getting =
      typeof queue === 'string'
        ? guarded('A get could not be traced', () => startGet(stateOf(this, setup), queue, isNoAck(options)))
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
  } satisfies Get as unknown as Method
}

interface Getting {
  answer(message: unknown): void
  fail(error: unknown): void
}

function startGet(state: ChannelState, name: string, noAck: boolean): Getting {
  const queue = queueCalled(state, name)
  const { peer } = state.connection
  const receiving = startReceive(state.routes.delivered('', queue.name, queue, peer))
  return {
    answer(answer) {
      if (!isDelivered(answer)) return
      const { exchange, routingKey, deliveryTag } = answer.fields
      const route = state.routes.delivered(exchange, routingKey, queue, peer)
      const message = messageOf(answer)
      endReceive(receiving, [message], true, route)
      if (!noAck) {
        const carried: Context =
          guarded('A message could not be traced', () => contextOf(answer)) ?? ROOT_CONTEXT
        state.unsettled.keep(deliveryTag, new Delivery(route, message, queue, carried, undefined, false))
      }
    },
    fail(error) {
      failReceive(receiving, error)
    },
  }
}

function isNoAck(options: unknown): boolean {
  return Boolean((options as { readonly noAck?: unknown } | null | undefined)?.noAck)
}

function messageOf(original: DeliveredMessage): Message {
  const { fields, properties, content } = original
  return {
    headers: properties.headers,
    original,
    value: content,
    timestampMs: timestampMsOf(properties),
    messageId: properties.messageId,
    conversationId: properties.correlationId,
    deliveryTag: fields.deliveryTag,
    isRedelivered: fields.redelivered === true,
  }
}

/** Timestamps from here on are milliseconds: as seconds they would lie beyond the year 5000. */
const leastMilliseconds = 1e11

/**
 * When a message was published, if anybody said so: the broker's own note in milliseconds (a header that RabbitMQ's
 * message interceptors set), or the publisher's timestamp, which is in seconds by AMQP 0-9-1, though many give
 * milliseconds.
 */
function timestampMsOf({ headers, timestamp }: DeliveredMessage['properties']): number | undefined {
  const noted = wholeNumber(rawHeaderOf(headers, 'timestamp_in_ms'))
  if (noted !== undefined && noted > 0) return noted
  const stated = wholeNumber(timestamp)
  if (stated === undefined || stated === 0) return undefined
  return stated >= leastMilliseconds ? stated : stated * 1000
}
