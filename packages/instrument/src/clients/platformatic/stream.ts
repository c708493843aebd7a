import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import type { Entered } from '../../enter.ts'
import { enterContext, leaveContext } from '../../enter.ts'
import { scopeOf } from '../../scope.ts'
import { StreamedMessage } from '../../streamed.ts'
import { guarded } from '../../warn.ts'
import { replaceMethods } from '../amqp/replace.ts'

type Listener = (this: unknown, ...given: unknown[]) => unknown
type MakeIterator = (this: unknown, ...given: unknown[]) => AsyncIterator<unknown>

/** Listeners that `pipe` has put there: what they do with a message, and when, is up to the stream at its end. */
const pipes = new WeakSet<object>()
const tracedStreams = new WeakSet<object>()

/** Makes what a stream hands out traced: to listeners of `data`, and to loops. The stream stays the same object. */
export function traceStream(stream: Readable): void {
  if (tracedStreams.has(stream)) return
  tracedStreams.add(stream)
  const iterate = stream[Symbol.asyncIterator] as unknown as MakeIterator
  Object.defineProperty(stream, Symbol.asyncIterator, {
    value: tracedIteration(stream, iterate),
    configurable: true,
    writable: true,
  })
  replaceMethods(stream, {
    emit: method => tracedEmit(stream, method as Listener),
    pipe: method => tracedPipe(stream, method as Listener),
    iterator: method => tracedIteration(stream, method as unknown as MakeIterator),
  })
}

/** What is known of a message that came out of a stream. */
export function streamedOf(message: unknown): StreamedMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const scope = scopeOf(message)
  return scope instanceof StreamedMessage ? scope : undefined
}

/** Every listener of `data` runs in the message's span, which ends when the last of them has settled. */
function tracedEmit(stream: Readable, emit: Listener): Listener {
  return function tracedEmit(...given) {
    const streamed = given[0] === 'data' ? streamedOf(given[1]) : undefined
    if (streamed === undefined) return Reflect.apply(emit, this, given)
    const listeners = stream.rawListeners('data') as Listener[]
    if (listeners.every(listener => pipes.has(listener))) return Reflect.apply(emit, this, given)
    // With these, emit itself looks after what listeners return.
    if (EventEmitter.captureRejections) return streamed.run(() => Reflect.apply(emit, this, given))
    const processing = guarded('A message could not be traced', () => streamed.take())
    if (processing === undefined) return Reflect.apply(emit, this, given)
    try {
      for (const listener of listeners) {
        const call = (): unknown => Reflect.apply(listener, stream, [given[1]])
        if (pipes.has(listener)) call()
        else streamed.run(call)
      }
    } finally {
      guarded('The end of a message could not be traced', () => streamed.letGo())
    }
    return true
  }
}

function tracedPipe(stream: Readable, pipe: Listener): Listener {
  return function tracedPipe(...given) {
    const before = new Set(stream.rawListeners('data'))
    const destination = Reflect.apply(pipe, this, given)
    for (const listener of stream.rawListeners('data')) if (!before.has(listener)) pipes.add(listener)
    return destination
  }
}

/** The turn of a loop: from when it took a message until it asks for the next one, or ends. */
interface Turn {
  readonly streamed: StreamedMessage
  readonly entered: Entered | undefined
}

function tracedIteration(stream: Readable, iterate: MakeIterator): MakeIterator {
  return function tracedIteration(...given) {
    const iterator = Reflect.apply(iterate, this, given)
    return guarded('A loop could not be traced', () => tracedIterator(stream, iterator)) ?? iterator
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
      ended.streamed.letGo(failure)
    })
  }
  const begin = (streamed: StreamedMessage, isLoop: boolean): void => {
    end()
    const processing = guarded('A message could not be traced', () => streamed.take())
    if (processing === undefined) return
    const entered = isLoop
      ? guarded('A context could not be entered', () => enterContext(processing.context))
      : undefined
    turn = { streamed, entered }
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
  begin: (streamed: StreamedMessage, isLoop: boolean) => void,
): IteratorResult<unknown> {
  const message: unknown = result.value
  const streamed = streamedOf(message)
  if (streamed === undefined) return result
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
        begin(streamed, isLoop)
      }
      return message
    },
  }
}
