import { EventEmitter } from 'node:events'
import type { Message } from '../../message.ts'
import { isThenable } from '../../outcome.ts'
import { handleMessage } from '../../process.ts'
import type { Route } from '../../route.ts'
import { scopeOf } from '../../scope.ts'
import { guarded } from '../../warn.ts'
import type { ClientState } from './client-state.ts'
import type { ConsumedMessage } from './shapes.ts'

/** A message of librdkafka's, as the core takes it. */
export function described(message: ConsumedMessage, position?: number, highWatermark?: unknown): Message {
  const { headers, key, value, offset, timestamp } = message
  const facts = { headers, original: message, key, value, offset, timestampMs: timestamp }
  return position === undefined ? facts : Object.assign(facts, { position, highWatermark })
}

/** Runs what the application does with one message in the message's process span. */
export function inProcess<Result>(
  state: ClientState | undefined,
  message: ConsumedMessage,
  handler: () => Result,
): Result {
  const scope = scopeOf(message)
  if (scope !== undefined) return scope.run(handler)
  const route = guarded('A message could not be traced', (): Route | undefined =>
    state?.routeTo(message.topic, message.partition),
  )
  return route === undefined ? handler() : handleMessage(route, described(message), handler)
}

/**
 * Calls the listeners of `data` as `emit` does, one after the other. Gives back the promises that they return, as
 * one: an emitter forgets them, and with them how long a message was worked on and how that went.
 */
export function callDataListeners(
  emitter: EventEmitter,
  argument: unknown,
): PromiseLike<unknown> | undefined {
  const waiting: PromiseLike<unknown>[] = []
  for (const listener of emitter.rawListeners('data')) {
    const result: unknown = Reflect.apply(listener, emitter, [argument])
    if (isThenable(result)) waiting.push(result)
  }
  return waiting.length > 1 ? Promise.all(waiting) : waiting[0]
}

/** Whether somebody listens whom {@link callDataListeners} may call: rejections may be events of the application's. */
export function hasDataListeners(emitter: EventEmitter): boolean {
  return emitter.listenerCount('data') > 0 && !EventEmitter.captureRejections
}
