import type { Readable } from 'node:stream'
import { scopeOf } from '../../scope.ts'
import { callDataListeners, hasDataListeners, inProcess } from './handling.ts'
import type { Wrappers } from './methods.ts'
import { isConsumedMessage } from './shapes.ts'

type Emit = (this: Readable, event: string | symbol, ...args: unknown[]) => boolean

/**
 * What a read stream's prototype or instance gets: listeners to `data` run in their message's process span. Who
 * iterates over a stream, or reads it in batches, has the messages' contexts by `processMessage` and `contextOf`.
 */
export const readStreamMethods: Wrappers<unknown> = { emit: tracedEmit }

function tracedEmit(emit: Emit): Emit {
  return function (event, ...args) {
    const [message] = args
    const isOurs = event === 'data' && isConsumedMessage(message) && scopeOf(message) !== undefined
    if (!isOurs || !hasDataListeners(this)) return emit.call(this, event, ...args)
    inProcess(undefined, message, () => callDataListeners(this, message))
    return true
  }
}
