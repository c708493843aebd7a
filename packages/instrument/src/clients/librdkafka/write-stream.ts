import type { Context } from '@opentelemetry/api'
import { context as contexts, ROOT_CONTEXT } from '@opentelemetry/api'
import { guarded } from '../../warn.ts'
import { Written } from './envelope.ts'
import type { Wrappers } from './methods.ts'

/** Where the bytes came from that a write stream has not produced yet. */
const writers = new WeakMap<object, Context>()

/** The context in which these bytes were written to a stream, once. */
export function takeWriter(value: unknown): Context | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const writer = writers.get(value)
  if (writer !== undefined) writers.delete(value)
  return writer
}

type Write = (this: object, chunk: unknown, ...args: unknown[]) => unknown

/**
 * What a write stream's prototype or instance gets: a stream may produce long after the write, when it has
 * connected or the queue has room again, and then within whatever is active there.
 */
export const writeStreamMethods: Wrappers<unknown> = { write: tracedWrite }

function tracedWrite(write: Write): Write {
  return function (chunk, ...args) {
    const marked = guarded('A write could not be traced', () => markedChunk(chunk))
    return write.call(this, marked ?? chunk, ...args)
  }
}

/** What to write instead of an object that is a message; bytes are remembered as they are. */
function markedChunk(chunk: unknown): object | undefined {
  const writer = contexts.active()
  if (writer === ROOT_CONTEXT || typeof chunk !== 'object' || chunk === null) return undefined
  if (chunk instanceof Uint8Array) {
    writers.set(chunk, writer)
    return undefined
  }
  const { opaque } = chunk as { readonly opaque?: unknown }
  return Object.assign({}, chunk, { opaque: new Written(opaque, writer) })
}
