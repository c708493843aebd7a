import type { Context } from '@opentelemetry/api'
import { context as contexts, trace } from '@opentelemetry/api'
import { whenSettled } from '../../outcome.ts'
import type { Settling } from '../../settle.ts'
import { endSettle, failSettle, startSettle } from '../../settle.ts'
import { guarded } from '../../warn.ts'
import type { ChannelBook } from './channel.ts'
import type { Delivery, Failure } from './delivery.ts'

/** What an application, or the client for it, tells the broker of messages. */
export interface Settlement {
  /** The method of AMQP; the name of the operation. */
  readonly name: 'ack' | 'nack' | 'reject'
  readonly deliveryTag: unknown
  /** All up to the tag; with a tag of 0, all of the channel. */
  readonly multiple: boolean
  readonly requeue: boolean
}

interface OpenSettlement {
  readonly deliveries: readonly Delivery[]
  readonly settlings: readonly Settling[]
  readonly refusal: Failure | undefined
}

/** Calls a client's method that settles, with a settle span for each queue whose messages it settles. */
export function settleWith<Result>(book: ChannelBook, settlement: Settlement, call: () => Result): Result {
  const open = guarded('A settlement could not be traced', () => openSettlement(book, settlement))
  if (open === undefined) return call()
  return whenSettled(
    call,
    () => close(open),
    error => close(open, { error }),
  )
}

function openSettlement(book: ChannelBook, settlement: Settlement): OpenSettlement | undefined {
  const { name, deliveryTag, multiple, requeue } = settlement
  if (typeof deliveryTag !== 'number') return undefined
  const refusal = name === 'ack' ? undefined : refusalBy(name, requeue)
  if (!multiple) {
    const delivery = book.unsettled.take(deliveryTag) ?? book.lost.take(deliveryTag)
    if (delivery === undefined) return undefined
    const { route, message } = delivery
    const settling = startSettle(route, { name, message, parent: parentOf(delivery) })
    return { deliveries: [delivery], settlings: [settling], refusal }
  }
  const deliveries = deliveryTag === 0 ? book.unsettled.takeAll() : book.unsettled.takeUpTo(deliveryTag)
  return { deliveries, settlings: settlingsOf(book, name, deliveries), refusal }
}

/** One span for each queue; nearly always that is one. */
function settlingsOf(
  { routes, peer }: ChannelBook,
  name: string,
  deliveries: readonly Delivery[],
): readonly Settling[] {
  const byQueue = new Map<string, Delivery[]>()
  for (const delivery of deliveries) {
    const group = byQueue.get(delivery.queue.name)
    if (group === undefined) byQueue.set(delivery.queue.name, [delivery])
    else group.push(delivery)
  }
  return [...byQueue.values()].flatMap(group => {
    const last = group.at(-1)
    if (last === undefined) return []
    const { queue } = last
    const isOneRoute = group.every(({ route }) => route === last.route)
    const route = isOneRoute ? last.route : routes.delivered('', queue.name, queue, peer)
    return [startSettle(route, { name, messageCount: group.length, parent: parentOf(last) })]
  })
}

/**
 * The process span, wherever the acknowledgement comes from. For a message that was asked for: what is active, else
 * what came with the message.
 */
function parentOf({ processing, carried }: Delivery): Context {
  if (processing !== undefined) return processing.context
  const active = contexts.active()
  return trace.getSpanContext(active) === undefined ? carried : active
}

/** Why a message counts as failed that was refused. */
export function refusalBy(name: 'nack' | 'reject', isRequeued: boolean): Failure {
  const end = isRequeued ? 'to be delivered again' : 'not to be delivered again'
  return { type: name, message: `${name} was called on the message, ${end}` }
}

function close(
  { deliveries, settlings, refusal }: OpenSettlement,
  failed?: { readonly error: unknown },
): void {
  for (const settling of settlings) {
    if (failed === undefined) endSettle(settling)
    else failSettle(settling, failed.error)
  }
  for (const delivery of deliveries) delivery.settled(refusal)
}
