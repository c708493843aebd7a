import type { Context, Span } from '@opentelemetry/api'
import { context as contexts, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import type { Message } from './message.ts'
import { instruments } from './metrics.ts'
import { whenSettled } from './outcome.ts'
import type { Processing } from './process.ts'
import { carriedContext, endProcess, failProcess, startProcess } from './process.ts'
import { addProducers, tellReceived } from './receive.ts'
import type { PreparedOperation, Route } from './route.ts'
import { operationOn, startSpan } from './route.ts'
import type { MessageScope } from './scope.ts'
import { keepScope } from './scope.ts'
import { guarded } from './warn.ts'

/**
 * What a client fetched by itself and hands out message by message: a receive span (kind CLIENT, a root), linked to
 * every message's producer.
 */
export interface Fetched {
  readonly route: Route
  readonly operation: PreparedOperation
  /** Undefined where a rule says to make none. */
  readonly span: Span | undefined
  readonly startedAt: Date
  messageCount: number
}

/**
 * Starts the receive span of messages that are about to be handed out, as of when the client asked for them. Every
 * one is ended by {@link endFetched}.
 */
export function startFetched(route: Route, startedAt: Date): Fetched {
  const operation = operationOn(route, 'receive')
  const span = operation.skip
    ? undefined
    : startSpan(route, operation, SpanKind.CLIENT, ROOT_CONTEXT, undefined, startedAt)
  return { route, operation, span, startedAt, messageCount: 0 }
}

/** Ends a receive span, now that all its messages are with the client. */
export function endFetched({ route, operation, span, startedAt, messageCount }: Fetched): void {
  if (span?.isRecording()) {
    span.setAttribute('messaging.batch.message_count', messageCount)
    tellReceived(route, operation, span)
  }
  span?.end()
  instruments()?.operationDuration.record(
    (Date.now() - startedAt.getTime()) / 1000,
    operation.metricAttributes,
  )
}

/**
 * A message in a stream from which the application takes it, whenever it does. Its process span lasts as long as
 * anybody works on it: a handler that it was given to, the turn of a loop. When all have let go of it the span ends;
 * who takes it up again later starts another one.
 */
export class StreamedMessage implements MessageScope {
  readonly route: Route
  readonly message: Message
  readonly carried: Context
  readonly #poll: Span | undefined
  #processing: Processing | undefined
  #holders = 0
  #failure: { readonly error: unknown } | undefined

  constructor(route: Route, message: Message, fetched: Fetched | undefined) {
    this.route = route
    this.message = message
    this.carried = carriedContext(route, message)
    this.#poll = fetched?.span
  }

  /** The span of whoever works on it or did last; before, what came with the message. */
  context(): Context {
    return this.processingContext ?? this.carried
  }

  /** The span of whoever works on it or did last, as a context. */
  get processingContext(): Context | undefined {
    return this.#processing?.context
  }

  run<Result>(handler: () => Result): Result {
    const processing = guarded('A message could not be traced', () => this.take())
    if (processing === undefined) return handler()
    return whenSettled(
      () => contexts.with(processing.context, handler),
      () => this.letGo(),
      error => this.letGo({ error }),
    )
  }

  /** Somebody begins to work on it, until {@link letGo}. */
  take(): Processing {
    const processing =
      this.#holders > 0 && this.#processing !== undefined
        ? this.#processing
        : startProcess(this.route, this.message, this.carried, this.#poll)
    this.#processing = processing
    this.#holders++
    return processing
  }

  /** Somebody who took it is done with it, or failed. */
  letGo(failure?: { readonly error: unknown }): void {
    this.#failure ??= failure
    if (this.#holders === 0 || --this.#holders > 0 || this.#processing === undefined) return
    const failed = this.#failure
    this.#failure = undefined
    if (failed === undefined) endProcess(this.#processing)
    else failProcess(this.#processing, failed.error)
  }
}

/**
 * Notes a message that a client puts into a stream, findable by `message.original`.
 *
 * @param fetched what it came with, where that is known: its receive span then links the message's producer.
 */
export function keepStreamed(route: Route, message: Message, fetched?: Fetched): StreamedMessage {
  const streamed = new StreamedMessage(route, message, fetched)
  if (fetched !== undefined) {
    fetched.messageCount++
    if (fetched.span?.isRecording()) addProducers(fetched.span, fetched.route, [message], [streamed.carried])
  }
  if (message.original !== undefined) keepScope(message.original, streamed)
  return streamed
}
