import { whenSettled } from '../../outcome.ts'
import { guarded } from '../../warn.ts'
import type { ChannelBook, Setup } from '../amqp/channel.ts'
import { noteQueue } from '../amqp/channel.ts'
import type { Method } from '../amqp/replace.ts'
import { stateOf } from './channel.ts'
import type { Callback, Channel } from './shapes.ts'

type Declare = (this: Channel, queue: unknown, options?: unknown, callback?: unknown) => unknown

/** A channel's `assertQueue`, which tells the names that the broker made up, and the queues that will go away. */
export function tracedAssertQueue(method: Method, setup: Setup): Method {
  const assertQueue = method as Declare
  return function (this: Channel, queue, options, callback) {
    const book = guarded('A queue could not be looked at', () => stateOf(this, setup).book)
    if (book === undefined) return assertQueue.call(this, queue, options, callback)
    const note = (answer: unknown): void => {
      guarded('A queue could not be looked at', () => noteAnswer(book, queue, options, answer))
    }
    if (typeof callback !== 'function') {
      // The callback API calls back nobody then; the promise API does not read it.
      const told: Callback = (error, answer) => {
        if (error === null) note(answer)
      }
      return whenSettled(
        () => assertQueue.call(this, queue, options, callback ?? told),
        note,
        () => {},
      )
    }
    const told: Callback = function (this: unknown, error, ...results) {
      if (error === null) note(results[0])
      return (callback as Callback).call(this, error, ...results)
    }
    return assertQueue.call(this, queue, options, told)
  } satisfies Declare
}

/** Whatever is not the broker's answer (a channel: the callback API returns itself) names no queue. */
function noteAnswer(book: ChannelBook, asked: unknown, options: unknown, answer: unknown): void {
  const { queue: name } = (answer ?? {}) as { readonly queue?: unknown }
  if (typeof name !== 'string') return
  const { exclusive, autoDelete } = (options ?? {}) as {
    readonly exclusive?: unknown
    readonly autoDelete?: unknown
  }
  noteQueue(book, {
    name,
    isAnonymous: asked === '' || asked === undefined || asked === null,
    isTemporary: Boolean(exclusive) || Boolean(autoDelete),
  })
}
