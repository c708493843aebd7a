import type { Context } from '@opentelemetry/api'
import { context as contexts, ROOT_CONTEXT } from '@opentelemetry/api'
import { stamp } from '@waybill/model'
import type { MessageHeaders } from './headers.ts'
import { readContext } from './headers.ts'
import type { Message } from './message.ts'
import type { Route } from './route.ts'
import { guarded } from './warn.ts'

/** A received message as the instrumentation sees it while it is being handled. */
export interface MessageScope {
  readonly route: Route
  readonly message: Message
  /** What came with the message, whatever became of its headers since. */
  readonly carried: Context
  /** The message's own span as a context; the span is started if it was not. */
  context(): Context
  /** Runs a handler within the message's own span, which ends when the handler has settled. */
  run<Result>(handler: () => Result): Result
}

const scopes = stamp<MessageScope>()

/** Makes a message's scope findable by the message object itself, for as long as that object lives. */
export function keepScope(message: object, scope: MessageScope): void {
  scopes.set(message, scope)
}

/** What is known of a message that was delivered; undefined for one that was not delivered through us. */
export function scopeOf(message: object): MessageScope | undefined {
  return scopes.get(message)
}

/**
 * The context of one received message: its own process span and the baggage that came with it. For loops over a
 * batch that `processEach` does not fit, and for work that outlives the handler's scope. A message that the
 * instrumentation did not deliver gives the context that its headers carry.
 *
 * Asking starts the message's span if it has none yet; it ends when the message's offset is resolved, or else
 * with the batch.
 *
 * @example
 * for (const message of batch.messages) await context.with(contextOf(message), () => store(message))
 */
export function contextOf(message: object): Context {
  const scope = scopes.get(message)
  const own = scope && guarded('A message could not be traced', () => scope.context())
  return own ?? carriedContextOf(message)
}

/**
 * The context that came with a message, from its producer: what its span continues or links. It stays what it
 * was when the message arrived, whatever has become of the message's headers since.
 */
export function carriedContextOf(message: object): Context {
  const scope = scopes.get(message)
  if (scope !== undefined) return scope.carried
  const read = guarded('The headers of a message could not be read', () => {
    // RabbitMQ's clients give null where a consumer was cancelled.
    const { headers, properties } = (message ?? {}) as CarryingMessage
    return readContext(ROOT_CONTEXT, headers ?? properties?.headers)
  })
  return read ?? ROOT_CONTEXT
}

/** Where the clients' messages have their headers: on themselves, or (amqplib) among their properties. */
interface CarryingMessage {
  readonly headers?: MessageHeaders | null
  readonly properties?: { readonly headers?: MessageHeaders | null }
}

/**
 * Runs `handler` within the message's own span and gives back what it returns. The span starts now and ends when
 * the handler has settled; what the handler throws is recorded and thrown on.
 */
export function processMessage<Received extends object, Result>(
  message: Received,
  handler: (message: Received) => Result,
): Result {
  const scope = scopes.get(message)
  return scope === undefined
    ? contexts.with(carriedContextOf(message), handler, undefined, message)
    : scope.run(() => handler(message))
}

/**
 * Handles the messages of a batch, or of a stream until it ends, one after the other, each within its own span. Stops
 * at the first that fails, and rejects with its error, as a loop would.
 *
 * @example
 * await consumer.run({ eachBatch: ({ batch }) => processEach(batch, async message => store(message)) })
 */
export async function processEach<Received extends object>(
  batch: { readonly messages: readonly Received[] } | readonly Received[] | AsyncIterable<Received>,
  handler: (message: Received, index: number) => unknown,
): Promise<void> {
  let index = 0
  const handle = (message: Received): unknown => {
    const place = index++
    return processMessage(message, () => handler(message, place))
  }
  if (Symbol.asyncIterator in batch) {
    for await (const message of batch) await handle(message)
    return
  }
  for (const message of 'messages' in batch ? batch.messages : batch) await handle(message)
}
