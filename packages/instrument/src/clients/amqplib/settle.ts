import { guarded } from '../../warn.ts'
import type { Setup } from '../amqp/channel.ts'
import { loseAll } from '../amqp/channel.ts'
import type { Method } from '../amqp/replace.ts'
import type { Settlement } from '../amqp/settle.ts'
import { settleWith } from '../amqp/settle.ts'
import { stateOf } from './channel.ts'
import type { Channel } from './shapes.ts'

type Settle = (this: Channel, ...args: unknown[]) => unknown

/** `ack(message, allUpTo)`, `nack(message, allUpTo, requeue)` and `reject(message, requeue)`, with a settle span. */
export function tracedSettle(name: Settlement['name'], method: Method, setup: Setup): Method {
  return traced(method, setup, ([message, second, third]) => ({
    name,
    deliveryTag: tagOf(message),
    multiple: name !== 'reject' && Boolean(second),
    requeue: isRequeued(name === 'reject' ? second : third),
  }))
}

/** `ackAll()` and `nackAll(requeue)`, with a settle span. By AMQP 0-9-1, a tag of 0 stands for all. */
export function tracedSettleAll(name: 'ack' | 'nack', method: Method, setup: Setup): Method {
  return traced(method, setup, ([requeue]) => ({
    name,
    deliveryTag: 0,
    multiple: true,
    requeue: isRequeued(requeue),
  }))
}

/** `recover()`: the broker delivers again, under new tags, all that is unsettled. */
export function tracedRecover(method: Method, setup: Setup): Method {
  const recover = method as Settle
  return function (this: Channel, ...args) {
    const result = recover.apply(this, args)
    guarded('Messages that were not settled could not be traced', () =>
      loseAll(stateOf(this, setup).book, 'recovered'),
    )
    return result
  } satisfies Settle
}

function traced(method: Method, setup: Setup, read: (args: readonly unknown[]) => Settlement): Method {
  const settle = method as Settle
  return function (this: Channel, ...args) {
    const book = guarded('A settlement could not be traced', () => stateOf(this, setup).book)
    if (book === undefined) return settle.apply(this, args)
    return settleWith(book, read(args), () => settle.apply(this, args))
  } satisfies Settle
}

/** What has no tag, the client refuses with an error of its own. */
function tagOf(message: unknown): unknown {
  return (message as { fields?: { deliveryTag?: unknown } | null } | null | undefined)?.fields?.deliveryTag
}

/** amqplib's default. */
function isRequeued(requeue: unknown): boolean {
  return requeue === undefined || Boolean(requeue)
}
