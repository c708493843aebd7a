import type { Context, Link, Span } from '@opentelemetry/api'
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { failureType, recordFailure } from './failure.ts'
import type { Message } from './message.ts'
import { instruments, secondsSince, withErrorType } from './metrics.ts'
import { carriedContext, countDelivery } from './process.ts'
import { PulledMessage } from './pulled.ts'
import type { PreparedOperation, Route } from './route.ts'
import { describeMessage, linkAttributes, operationOn, startSpan } from './route.ts'
import { keepScope } from './scope.ts'
import { callHook } from './tracing.ts'

/** A call by which the application asks for messages: `get`, `poll`, `consume(n)`. */
export interface Receiving {
  readonly route: Route
  readonly startedAt: Date
  readonly startedMs: number
}

/** Notes that a call asks for messages. What came, if anything, {@link endReceive} says. */
export function startReceive(route: Route): Receiving {
  return { route, startedAt: new Date(), startedMs: performance.now() }
}

/**
 * Makes the span of a call that asked for messages (kind CLIENT, a root): as long as the call, linked to every
 * message's producer. Each message's context becomes findable by `message.original`: {@link contextOf} gives what
 * it carries, `processMessage` runs a handler in a process span of its own. A call that found nothing makes none,
 * since a loop that asks an empty queue would be nothing but spans.
 *
 * @param route of the messages, where the answer says more than was known when asking.
 * @param isSingle whether the call gives one message at most: then what it says is on the span itself.
 */
export function endReceive(
  receiving: Receiving,
  messages: readonly Message[],
  isSingle: boolean,
  route: Route = receiving.route,
): void {
  if (messages.length === 0) return
  const carried = messages.map(message => carriedContext(route, message))
  const span = receiveSpan(receiving, messages, carried, isSingle, route)
  span?.end()
  const meters = instruments()
  messages.forEach((message, index) => {
    if (message.original === undefined) return
    const pulled = new PulledMessage(route, message, carried[index], span, meters !== undefined)
    keepScope(message.original, pulled)
  })
  if (meters === undefined) return
  const operation = operationOn(route, 'receive')
  meters.operationDuration.record(secondsSince(receiving.startedMs), operation.metricAttributes)
  for (const message of messages) countDelivery(route, operation, message, meters)
}

/** Makes the span of a call that asked for messages and failed. */
export function failReceive({ route, startedAt, startedMs }: Receiving, error: unknown): void {
  const operation = operationOn(route, 'receive')
  if (!operation.skip) {
    const span = startSpan(route, operation, SpanKind.CLIENT, ROOT_CONTEXT, undefined, startedAt)
    recordFailure(span, error)
    span.end()
  }
  const attributes = withErrorType(operation.metricAttributes, failureType(error))
  instruments()?.operationDuration.record(secondsSince(startedMs), attributes)
}

function receiveSpan(
  { startedAt }: Receiving,
  messages: readonly Message[],
  carried: readonly Context[],
  isSingle: boolean,
  route: Route,
): Span | undefined {
  const operation = operationOn(route, 'receive')
  if (operation.skip) return undefined
  const span = startSpan(route, operation, SpanKind.CLIENT, ROOT_CONTEXT, undefined, startedAt)
  if (!span.isRecording()) return span
  const [only] = messages
  if (isSingle && only !== undefined) describeMessage(span, route, 'receive', only)
  else span.setAttribute('messaging.batch.message_count', messages.length)
  addProducers(span, route, messages, carried, isSingle)
  tellReceived(route, operation, span, isSingle ? only : undefined)
  return span
}

/** Links a span to the producers of messages, saying on the link what differs from message to message. */
export function addProducers(
  span: Span,
  route: Route,
  messages: readonly Message[],
  carried: readonly Context[],
  isSingle = false,
): void {
  const links: Link[] = []
  messages.forEach((message, index) => {
    const producer = trace.getSpanContext(carried[index] ?? ROOT_CONTEXT)
    if (producer === undefined) return
    links.push(
      isSingle ? { context: producer } : { context: producer, attributes: linkAttributes(route, message) },
    )
  })
  if (links.length > 0) span.addLinks(links)
}

/** Calls the application's hook for receive spans. */
export function tellReceived(
  { tracing, system, facts }: Route,
  operation: PreparedOperation,
  span: Span,
  message?: Message,
): void {
  const { onReceive } = tracing.options
  if (onReceive === undefined) return
  const info = { system: system.name, operation: operation.type, destination: facts.destination, message }
  callHook(onReceive, span, info, 'onReceive')
}
