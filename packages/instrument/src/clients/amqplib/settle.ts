import type { Context } from '@opentelemetry/api'
import { context as contexts, trace } from '@opentelemetry/api'
import { scopeOf } from '../../scope.ts'
import type { Settling } from '../../settle.ts'
import { endSettle, failSettle, startSettle } from '../../settle.ts'
import { warnOnce } from '../../warn.ts'
import type { ChannelState, Setup } from './channel.ts'
import { loseAll, stateOf } from './channel.ts'
import type { Failure } from './delivery.ts'
import { Delivery } from './delivery.ts'
import type { Channel, Method } from './shapes.ts'

/** The method of AMQP that settles; the name of the operation. */
type Settlement = 'ack' | 'nack' | 'reject'

/** What a call settles: a message, all of its channel up to a message, or all of its channel. */
type Extent = 'one' | 'upTo' | 'all'

interface OpenSettlement {
  readonly deliveries: readonly Delivery[]
  readonly settlings: readonly Settling[]
  readonly refusal: Failure | undefined
}

type Settle = (this: Channel, ...args: unknown[]) => unknown

/** `ack(message, allUpTo)`, `nack(message, allUpTo, requeue)` and `reject(message, requeue)`, with a settle span. */
export function tracedSettle(name: Settlement, original: Method, setup: Setup): Method {
  return traced(original, (channel, args) => {
    const [message, second, third] = args
    const isUpTo = name !== 'reject' && Boolean(second)
    const requeue = name === 'reject' ? second : third
    return open(stateOf(channel, setup), name, isUpTo ? 'upTo' : 'one', message, requeue)
  })
}

/** `ackAll()` and `nackAll(requeue)`, with a settle span. */
export function tracedSettleAll(name: Settlement, original: Method, setup: Setup): Method {
  return traced(original, (channel, args) => open(stateOf(channel, setup), name, 'all', undefined, args[0]))
}

/** `recover()`: the broker delivers again, under new tags, all that is unsettled. */
export function tracedRecover(original: Method, setup: Setup): Method {
  const recover = original as unknown as Settle
  return function (this: Channel, ...args) {
    const result = recover.apply(this, args)
    loseAll(stateOf(this, setup), 'recovered', 'The channel gave the message back before it was settled')
    return result
  } satisfies Settle as unknown as Method
}

function traced(
  original: Method,
  openCall: (channel: Channel, args: readonly unknown[]) => OpenSettlement | undefined,
): Method {
  const settle = original as unknown as Settle
  return function (this: Channel, ...args) {
    let settlement: OpenSettlement | undefined
    try {
      settlement = openCall(this, args)
    } catch (error) {
      warnOnce('A settlement could not be traced', error)
    }
    if (settlement === undefined) return settle.apply(this, args)
    let result: unknown
    try {
      result = settle.apply(this, args)
    } catch (error) {
      close(settlement, error)
      throw error
    }
    close(settlement)
    return result
  } satisfies Settle as unknown as Method
}

function open(
  state: ChannelState,
  name: Settlement,
  extent: Extent,
  message: unknown,
  requeue: unknown,
): OpenSettlement | undefined {
  const refusal = name === 'ack' ? undefined : refusalBy(name, requeue)
  const tag = extent === 'all' ? 0 : tagOf(message)
  if (tag === undefined) return undefined
  if (extent === 'one') {
    const delivery = state.unsettled.take(tag) ?? lostDelivery(message)
    if (delivery === undefined) return undefined
    const { route } = delivery
    const settling = startSettle(route, { name, message: delivery.message, parent: parentOf(delivery) })
    return { deliveries: [delivery], settlings: [settling], refusal }
  }
  // By AMQP 0-9-1, a tag of 0 stands for all.
  const deliveries = tag === 0 ? state.unsettled.takeAll() : state.unsettled.takeUpTo(tag)
  return { deliveries, settlings: settlingsOf(state, name, deliveries), refusal }
}

/** One span for each queue that a call settles messages of; nearly always that is one. */
function settlingsOf(
  state: ChannelState,
  name: Settlement,
  deliveries: readonly Delivery[],
): readonly Settling[] {
  const byQueue = new Map<string, Delivery[]>()
  for (const delivery of deliveries) {
    const known = byQueue.get(delivery.queue.name)
    if (known === undefined) byQueue.set(delivery.queue.name, [delivery])
    else known.push(delivery)
  }
  const settlings: Settling[] = []
  for (const group of byQueue.values()) {
    const last = group[group.length - 1]
    if (last === undefined) continue
    const { queue } = last
    const route = group.every(delivery => delivery.route === last.route)
      ? last.route
      : state.routes.delivered('', queue.name, queue, state.connection.peer)
    settlings.push(startSettle(route, { name, messageCount: group.length, parent: parentOf(last) }))
  }
  return settlings
}

/**
 * The process span, wherever the acknowledgement comes from. For a message that `get` brought: what is active, else
 * what came with the message.
 */
function parentOf(delivery: Delivery): Context {
  if (delivery.processing !== undefined) return delivery.processing.context
  const active = contexts.active()
  return trace.getSpanContext(active) === undefined ? delivery.carried : active
}

/** A message whose channel has closed: the client refuses to settle it, which is worth a span. */
function lostDelivery(message: unknown): Delivery | undefined {
  const scope = typeof message === 'object' && message !== null ? scopeOf(message) : undefined
  return scope instanceof Delivery && scope.isLost ? scope : undefined
}

function tagOf(message: unknown): number | undefined {
  const tag = (message as { fields?: { deliveryTag?: unknown } } | null | undefined)?.fields?.deliveryTag
  return typeof tag === 'number' ? tag : undefined
}

function refusalBy(name: Settlement, requeue: unknown): Failure {
  const isRequeued = requeue === undefined || Boolean(requeue)
  return {
    type: name,
    message: `${name} was called on the message, ${isRequeued ? 'to be delivered again' : 'not to be delivered again'}`,
  }
}

function close({ deliveries, settlings, refusal }: OpenSettlement, error?: unknown): void {
  try {
    for (const settling of settlings) {
      if (error === undefined) endSettle(settling)
      else failSettle(settling, error)
    }
    for (const delivery of deliveries) delivery.settled(refusal)
  } catch (failure) {
    warnOnce('The end of a settlement could not be traced', failure)
  }
}
