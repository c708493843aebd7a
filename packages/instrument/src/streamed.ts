import type { Span } from '@opentelemetry/api'
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import type { Message } from './message.ts'
import { instruments } from './metrics.ts'
import { PulledMessage } from './pulled.ts'
import { addProducers, tellReceived } from './receive.ts'
import type { PreparedOperation, Route } from './route.ts'
import { operationOn, startSpan } from './route.ts'
import { keepScope } from './scope.ts'

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
 * Notes a message that a client puts into a stream, findable by `message.original`.
 *
 * @param fetched what it came with, where that is known: its receive span then links the message's producer.
 */
export function keepStreamed(route: Route, message: Message, fetched?: Fetched): PulledMessage {
  const streamed = new PulledMessage(route, message, undefined, fetched?.span)
  if (fetched !== undefined) {
    fetched.messageCount++
    if (fetched.span?.isRecording()) addProducers(fetched.span, fetched.route, [message], [streamed.carried])
  }
  if (message.original !== undefined) keepScope(message.original, streamed)
  return streamed
}
