import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { pulledOf } from '../../pulled.ts'
import type { MakeIterator } from '../../turns.ts'
import { tracedIteration } from '../../turns.ts'
import { guarded } from '../../warn.ts'
import { replaceMethods } from '../amqp/replace.ts'

type Listener = (this: unknown, ...given: unknown[]) => unknown

/** Listeners that `pipe` has put there: what they do with a message, and when, is up to the stream at its end. */
const pipes = new WeakSet<object>()
const tracedStreams = new WeakSet<object>()

/** Makes what a stream hands out traced: to listeners of `data`, and to loops. The stream stays the same object. */
export function traceStream(stream: Readable): void {
  if (tracedStreams.has(stream)) return
  tracedStreams.add(stream)
  const iterate = stream[Symbol.asyncIterator] as unknown as MakeIterator
  Object.defineProperty(stream, Symbol.asyncIterator, {
    value: tracedIteration(iterate),
    configurable: true,
    writable: true,
  })
  replaceMethods(stream, {
    emit: method => tracedEmit(stream, method as Listener),
    pipe: method => tracedPipe(stream, method as Listener),
    iterator: method => tracedIteration(method as unknown as MakeIterator),
  })
}

/** Every listener of `data` runs in the message's span, which ends when the last of them has settled. */
function tracedEmit(stream: Readable, emit: Listener): Listener {
  return function tracedEmit(...given) {
    const streamed = given[0] === 'data' ? pulledOf(given[1]) : undefined
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
