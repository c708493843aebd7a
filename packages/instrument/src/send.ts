import type { Attributes, Context, Link, Span } from '@opentelemetry/api'
import { context as contexts, SpanKind, trace } from '@opentelemetry/api'
import { failureType, recordFailure } from './failure.ts'
import type { HeaderShape, MessageHeaders } from './headers.ts'
import { mayCarryContext, readContext, withContext, withTexts } from './headers.ts'
import { emptyContext, withSpan } from './layered-context.ts'
import type { Message } from './message.ts'
import type { Instruments } from './metrics.ts'
import { instruments, secondsSince, withErrorType } from './metrics.ts'
import { onPathTo } from './path.ts'
import { areHeadersRefused, noteRefusal } from './refused-headers.ts'
import type { PreparedOperation, Route } from './route.ts'
import { addedTo, describeMessage, describePlace, linkAttributes, operationOn, startSpan } from './route.ts'
import { callHook } from './tracing.ts'
import { withContextInValue } from './value-context.ts'

/** A message on its way to the broker. */
export interface Sending {
  readonly route: Route
  readonly operation: PreparedOperation
  /** Undefined where a rule says to make none, or where the span of the call stands for all its messages. */
  readonly span: Span | undefined
  /** A copy of the message's headers with the context, to be sent instead of them. */
  readonly headers: MessageHeaders
  /** The message's value, with the context in it where the options ask for that: to be sent instead of it. */
  readonly value: unknown
  readonly message: Message
  readonly meters: Instruments | undefined
  readonly startedMs: number
  /** The call has a span and is timed, the message is only counted. */
  readonly isPartOfCall: boolean
}

/** One call that sends several messages, where it has a span of its own (option `sends`: `bulk` or `create`). */
export interface SendCall {
  readonly route: Route
  readonly operation: PreparedOperation
  readonly span: Span
  readonly context: Context
  readonly creates: boolean
  readonly links: Link[]
  readonly meters: Instruments | undefined
  readonly startedMs: number
}

/** What a broker's answer says about a message that was sent. */
export interface SendAnswer {
  /** Where the message went, where that was not known before. */
  readonly route?: Route | undefined
  readonly offset?: number | undefined
}

/**
 * Starts the span of one message to be sent (kind PRODUCER, conventions 1.44) and puts its context into a copy
 * of the headers. The active span is the parent. Where none is active, the context that the message already
 * carries is: a forwarder that lost its scope still continues the trace. Where one is active and the message
 * comes from another trace, a link remembers that.
 *
 * Every sending is ended by {@link endSend} or {@link failSend}.
 *
 * @param call what {@link startSendCall} gave, for messages that are sent together.
 * @param shape of the headers to make where the message has none.
 */
export function startSend(route: Route, message: Message, call?: SendCall, shape?: HeaderShape): Sending {
  const meters = instruments()
  const startedMs = meters === undefined ? 0 : performance.now()
  if (call !== undefined && !call.creates)
    return sendingOf(route, call.operation, undefined, message, call.context, shape, meters, startedMs, true)
  const operation = operationOn(route, call === undefined ? 'send' : 'create')
  const active = contexts.active()
  if (operation.skip) return sendingOf(route, operation, undefined, message, active, shape, meters, startedMs)
  const carried = carriedBy(route, message)
  const current = trace.getSpanContext(active)
  let parent = active
  let links: Link[] | undefined
  if (carried !== undefined) {
    if (current === undefined) parent = trace.setSpanContext(active, carried)
    else if (carried.traceId !== current.traceId) links = [{ context: carried }]
  }
  const span = startSpan(route, operation, SpanKind.PRODUCER, parent, links)
  const context = withSpan(parent, span)
  if (span.isRecording()) {
    describeMessage(span, route, 'send', message)
    hookOf('onSend', route, operation, span, message)
  }
  const sending = sendingOf(route, operation, span, message, context, shape, meters, startedMs)
  if (call === undefined) return sending
  call.links.push({ context: span.spanContext(), attributes: linkAttributes(route, message) })
  span.end()
  return Object.assign({}, sending, { span: undefined, isPartOfCall: true })
}

const noTexts = {}

function sendingOf(
  route: Route,
  operation: PreparedOperation,
  span: Span | undefined,
  message: Message,
  context: Context,
  shape: HeaderShape | undefined,
  meters: Instruments | undefined,
  startedMs: number,
  isPartOfCall = false,
): Sending {
  const { tracing } = route
  const { valueContext, paths } = tracing.options
  const outgoing = paths === true ? onPathTo(context, route.facts.destination) : context
  const writesValue = valueContext === 'write' || valueContext === 'both'
  return {
    route,
    operation,
    span,
    headers: areHeadersRefused(tracing)
      ? withTexts(message.headers, noTexts, undefined, shape)
      : withContext(message.headers, outgoing, tracing.propagator, shape),
    value: writesValue ? withContextInValue(tracing, message.value, context) : message.value,
    message,
    meters,
    startedMs,
    isPartOfCall,
  }
}

function carriedBy({ tracing }: Route, { headers }: Message) {
  if (headers === null || headers === undefined || !mayCarryContext(headers, tracing.propagator))
    return undefined
  return trace.getSpanContext(readContext(emptyContext, headers, tracing.propagator))
}

/** Ends the span of a message that the broker took, with what the broker's answer said about it. */
export function endSend(sending: Sending, answer?: SendAnswer): void {
  const { span, route, operation, message } = sending
  if (span?.isRecording()) {
    addAnswer(span, route, answer)
    hookOf('onSent', route, operation, span, message)
  }
  span?.end()
  count(sending, answer?.route ?? route, undefined)
}

/** Ends the span of a message that was not sent. */
export function failSend(sending: Sending, error: unknown): void {
  const { span, route, operation, message } = sending
  noteRefusal(route.tracing, message.headers, error)
  if (span !== undefined) {
    recordFailure(span, error)
    hookOf('onSent', route, operation, span, message, error)
    span.end()
  }
  count(sending, route, error)
}

/** Whether somebody keeps what the broker's answer would say about a message; it is work to find that out. */
export function wantsAnswer({ span, meters }: Sending): boolean {
  return meters !== undefined || span?.isRecording() === true
}

function addAnswer(span: Span, route: Route, answer: SendAnswer | undefined): void {
  if (answer === undefined) return
  if (answer.route !== undefined && answer.route !== route) span.setAttributes(addedTo(route, answer.route))
  if (answer.offset === undefined) return
  describePlace(span, route, { headers: undefined, offset: answer.offset })
}

function count({ meters, startedMs, isPartOfCall }: Sending, route: Route, error: unknown): void {
  if (meters === undefined) return
  const attributes = sendAttributes(route, error)
  meters.sentMessages.add(1, attributes)
  if (!isPartOfCall) meters.operationDuration.record(secondsSince(startedMs), attributes)
}

function sendAttributes(route: Route, error: unknown): Attributes {
  const { metricAttributes } = operationOn(route, 'send')
  return withErrorType(metricAttributes, error === undefined ? undefined : failureType(error))
}

/**
 * Starts the span of a call that sends several messages, where the options ask for one; undefined where each
 * message has its own, or where there is but one. A call to several destinations has one of these for each.
 *
 * Every call is ended by {@link endSendCall} or {@link failSendCall}, after its sendings.
 */
export function startSendCall(route: Route, messageCount: number): SendCall | undefined {
  const { sends = 'each' } = route.tracing.options
  if (sends === 'each' || messageCount === 1) return undefined
  const operation = operationOn(route, 'send')
  if (operation.skip) return undefined
  const creates = sends === 'create'
  const active = contexts.active()
  // Conventions 1.44: whose context the messages carry is the PRODUCER.
  const span = startSpan(route, operation, creates ? SpanKind.CLIENT : SpanKind.PRODUCER, active)
  if (span.isRecording()) {
    span.setAttribute('messaging.batch.message_count', messageCount)
    hookOf('onSend', route, operation, span, undefined)
  }
  const meters = instruments()
  const startedMs = meters === undefined ? 0 : performance.now()
  return {
    route,
    operation,
    span,
    context: withSpan(active, span),
    creates,
    links: [],
    meters,
    startedMs,
  }
}

/** Ends the span of a call whose messages the broker took. */
export function endSendCall(call: SendCall, answer?: SendAnswer): void {
  const { span, route } = call
  if (span.isRecording()) {
    linkAll(call)
    addAnswer(span, route, answer && { route: answer.route })
    hookOf('onSent', route, call.operation, span, undefined)
  }
  span.end()
  timeCall(call, answer?.route ?? route, undefined)
}

/** Ends the span of a call that failed. */
export function failSendCall(call: SendCall, error: unknown): void {
  const { span, route } = call
  linkAll(call)
  recordFailure(span, error)
  hookOf('onSent', route, call.operation, span, undefined, error)
  span.end()
  timeCall(call, route, error)
}

function timeCall({ meters, startedMs }: SendCall, route: Route, error: unknown): void {
  meters?.operationDuration.record(secondsSince(startedMs), sendAttributes(route, error))
}

function linkAll({ span, links }: SendCall): void {
  if (links.length > 0) span.addLinks(links)
}

function hookOf(
  name: 'onSend' | 'onSent',
  { tracing, system, facts }: Route,
  operation: PreparedOperation,
  span: Span,
  message: Message | undefined,
  error?: unknown,
): void {
  const hook = tracing.options[name]
  if (hook === undefined) return
  const info = {
    system: system.name,
    operation: operation.type,
    destination: facts.destination,
    message,
    ...(error === undefined ? undefined : { error }),
  }
  callHook(hook, span, info, name)
}
