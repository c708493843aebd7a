import type { Readable } from 'node:stream'
import type { Entered } from './enter.ts'
import { enterContext, leaveContext } from './enter.ts'
import type { PulledMessage } from './pulled.ts'
import { pulledOf } from './pulled.ts'
import { guarded } from './warn.ts'

/** A function of a stream that gives an iterator over what it holds: `Symbol.asyncIterator`, `iterator`. */
export type MakeIterator = (this: Readable, ...given: unknown[]) => AsyncIterator<unknown>

/** The turn of a loop: from when it took a message until it asks for the next one, or ends. */
interface Turn {
  readonly pulled: PulledMessage
  readonly entered: Entered | undefined
}

/** Makes a stream's iterators take up the messages that they give, and let go of them. */
export function tracedIteration(iterate: MakeIterator): MakeIterator {
  return function tracedIteration(...given) {
    const iterator = iterate.apply(this, given)
    return guarded('A loop could not be traced', () => tracedIterator(this, iterator)) ?? iterator
  }
}

/**
 * An iterator that knows when a loop begins to work on a message, and when it is done with it.
 *
 * ```
 * next() … await … { done, value } → the loop's body …………………………… next() or return()
 *                            │ read by the loop itself, just          │ called by the loop itself
 *                            │ resumed: the message's context         │ the context before
 *                            │ is entered, and only the loop sees it  │ is entered again
 * ```
 */
function tracedIterator(stream: Readable, iterator: AsyncIterator<unknown>): AsyncIterator<unknown> {
  let turn: Turn | undefined
  const end = (failure?: { readonly error: unknown }): void => {
    const ended = turn
    turn = undefined
    if (ended === undefined) return
    guarded('The end of a message could not be traced', () => {
      if (ended.entered !== undefined) leaveContext(ended.entered)
      ended.pulled.letGo(failure)
    })
  }
  const begin = (pulled: PulledMessage, isLoop: boolean): void => {
    end()
    const processing = guarded('A message could not be traced', () => pulled.take())
    if (processing === undefined) return
    const entered = isLoop
      ? guarded('A context could not be entered', () => enterContext(processing.context))
      : undefined
    turn = { pulled, entered }
  }
  // Who took a message without a loop may never ask for another.
  stream.once('close', () => {
    if (turn !== undefined && turn.entered === undefined) end()
  })
  return Object.create(iterator, {
    next: {
      value: (...given: []) => {
        end()
        return iterator.next(...given).then(result => (result.done ? result : turnOf(result, begin)))
      },
    },
    return: {
      value: (value?: unknown) => {
        end()
        return iterator.return?.(value) ?? Promise.resolve({ done: true, value })
      },
    },
    throw: {
      value: (error?: unknown) => {
        end({ error })
        return iterator.throw?.(error) ?? Promise.reject(error)
      },
    },
  }) as AsyncIterator<unknown>
}

/** A result whose reading begins the message's turn. Loops read `done` and then `value`. */
function turnOf(
  result: IteratorResult<unknown>,
  begin: (pulled: PulledMessage, isLoop: boolean) => void,
): IteratorResult<unknown> {
  const message: unknown = result.value
  const pulled = pulledOf(message)
  if (pulled === undefined) return result
  let isLoop = false
  let hasBegun = false
  return {
    get done(): false {
      isLoop = true
      return false
    },
    get value() {
      if (!hasBegun) {
        hasBegun = true
        begin(pulled, isLoop)
      }
      return message
    },
  }
}
