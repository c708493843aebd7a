import type { Context, Span } from '@opentelemetry/api'
import { context as contexts, SpanKind } from '@opentelemetry/api'
import { failureType, recordFailure } from './failure.ts'
import type { Message } from './message.ts'
import type { Instruments } from './metrics.ts'
import { instruments, secondsSince, withErrorType } from './metrics.ts'
import type { PreparedOperation, Route } from './route.ts'
import { describePlace, operationOn, startSpan } from './route.ts'

/** How a broker is told what became of messages. */
export interface SettleFacts {
  /** The client's word for it: `commit`, `ack`, `nack`, `reject`. */
  readonly name: string
  /** The message, where it is one. */
  readonly message?: Message | undefined
  /** How many, where one call settles several. */
  readonly messageCount?: number | undefined
  /** What the settlement belongs to: the message's process span. By default, what is active. */
  readonly parent?: Context | undefined
}

/** A settlement on its way to the broker. */
export interface Settling {
  readonly operation: PreparedOperation
  /** Undefined where a rule says to make none. */
  readonly span: Span | undefined
  readonly meters: Instruments | undefined
  readonly startedMs: number
}

/**
 * Starts the span of a settlement (kind CLIENT, conventions 1.44), whether the application or the client settles.
 *
 * Every settlement is ended by {@link endSettle} or {@link failSettle}.
 */
export function startSettle(route: Route, { name, message, messageCount, parent }: SettleFacts): Settling {
  const operation = operationOn(route, 'settle', name)
  const meters = instruments()
  const startedMs = meters === undefined ? 0 : performance.now()
  if (operation.skip) return { operation, span: undefined, meters, startedMs }
  const span = startSpan(route, operation, SpanKind.CLIENT, parent ?? contexts.active())
  if (span.isRecording()) {
    if (message !== undefined) describePlace(span, route, message)
    if (messageCount !== undefined) span.setAttribute('messaging.batch.message_count', messageCount)
  }
  return { operation, span, meters, startedMs }
}

/** Ends the span of a settlement that the broker was told. */
export function endSettle({ operation, span, meters, startedMs }: Settling): void {
  span?.end()
  meters?.operationDuration.record(secondsSince(startedMs), operation.metricAttributes)
}

/** Ends the span of a settlement that the broker was not told. */
export function failSettle({ operation, span, meters, startedMs }: Settling, error: unknown): void {
  if (span !== undefined) {
    recordFailure(span, error)
    span.end()
  }
  meters?.operationDuration.record(
    secondsSince(startedMs),
    withErrorType(operation.metricAttributes, failureType(error)),
  )
}
