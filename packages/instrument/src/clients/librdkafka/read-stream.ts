import type { Readable } from 'node:stream'
import { pulledOf } from '../../pulled.ts'
import { tracedIteration } from '../../turns.ts'
import { callDataListeners, hasDataListeners, inProcess } from './handling.ts'
import type { Wrappers } from './methods.ts'
import { isConsumedMessage } from './shapes.ts'

type Emit = (this: Readable, event: string | symbol, ...args: unknown[]) => boolean

/**
 * What a read stream's prototype or instance gets: listeners to `data` run in their message's process span, and so do
 * the turns of loops. Who reads a stream in another way has the messages' contexts by `processMessage`.
 */
export const readStreamMethods: Wrappers<unknown> = {
  emit: tracedEmit,
  iterator: tracedIteration,
  [Symbol.asyncIterator]: tracedIteration,
}

function tracedEmit(emit: Emit): Emit {
  return function (event, ...args) {
    const [message] = args
    const isOurs = event === 'data' && isConsumedMessage(message) && pulledOf(message) !== undefined
    if (!isOurs || !hasDataListeners(this)) return emit.call(this, event, ...args)
    inProcess(undefined, message, () => callDataListeners(this, message))
    return true
  }
}
