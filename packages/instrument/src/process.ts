import type { Context, Link, Span, SpanContext, TimeInput } from '@opentelemetry/api'
import { context as contexts, createContextKey, SpanKind, trace } from '@opentelemetry/api'
import { firstAttemptOf, queuedMsOf } from './delivery.ts'
import { problemAttribute, sayContext, unreadContext } from './diagnosis.ts'
import { failureType, recordFailure } from './failure.ts'
import { readContext } from './headers.ts'
import { emptyContext, withSpan } from './layered-context.ts'
import type { Message } from './message.ts'
import type { Instruments } from './metrics.ts'
import { instruments, secondsSince, withErrorType } from './metrics.ts'
import { isThenable } from './outcome.ts'
import { pathAttributes, readPath, withPathInScope } from './path.ts'
import type { PreparedOperation, Route } from './route.ts'
import { describeMessage, operationOn, startSpan } from './route.ts'
import type { MessageScope } from './scope.ts'
import { keepScope } from './scope.ts'
import { callHook } from './tracing.ts'
import { contextInValue } from './value-context.ts'
import { warnOnce } from './warn.ts'

/** A message being worked on. */
export interface Processing {
  readonly route: Route
  readonly operation: PreparedOperation
  readonly message: Message
  /** Undefined where a rule says to make none. */
  readonly span: Span | undefined
  /** What the handler runs in: the message's own span, and the baggage that came with it. */
  readonly context: Context
  readonly meters: Instruments | undefined
  readonly startedMs: number
  /** The first failure within that the rules count as the message's, though the handler may have dealt with it. */
  innerFailure: { readonly error: unknown } | undefined
}

/** Where traced functions find the message that they work on, if its rule wants to know of their failures. */
const processingKey = createContextKey('waybill.processing')

/** What a message carries: its headers' context or, where the options say so, its value's; read upon nothing. */
export function carriedContext({ tracing }: Route, message: Message): Context {
  const carried = readContext(emptyContext, message.headers, tracing.propagator)
  const { valueContext } = tracing.options
  if (valueContext !== 'read' && valueContext !== 'both') return carried
  return trace.getSpanContext(carried) === undefined
    ? contextInValue(tracing, carried, message.value)
    : carried
}

/**
 * Starts the span of one message's processing (kind CONSUMER, conventions 1.44).
 *
 * Where the message carries a context, the span is its child, linked to it, or both. Where it carries none, the
 * span is the root of a trace of its own, whatever span happens to be active around the consumer.
 *
 * Every processing is ended by {@link endProcess} or {@link failProcess}; {@link handleMessage} does all of it for
 * clients that call a handler with one message.
 *
 * @param carried what {@link carriedContext} gave, where it was asked before.
 * @param poll the span of the batch that the message came in. It becomes the parent where the producer's
 *   context is only linked, and is linked where it is not the parent.
 * @param isCounted whether the delivery was counted before, when it was received.
 */
export function startProcess(
  route: Route,
  message: Message,
  carried: Context = carriedContext(route, message),
  poll?: Span,
  startTime?: TimeInput,
  isCounted = false,
): Processing {
  const operation = operationOn(route, 'process')
  const meters = instruments()
  const startedMs = meters === undefined ? 0 : performance.now()
  const { tracing } = route
  const span = operation.skip ? undefined : startOf(route, message, operation, carried, poll, startTime)
  if (tracing.isDiagnosing) sayContext(route.facts.destination, operation.name, message, carried, span)
  if (span?.isRecording()) {
    describeMessage(span, route, 'process', message)
    if (trace.getSpanContext(carried) === undefined) sayProblem(span, message)
    tellHook('onProcess', route, operation, span, message)
  }
  if (meters !== undefined && !isCounted) countDelivery(route, operation, message, meters)
  let context = span === undefined ? carried : withSpan(carried, span)
  if (tracing.options.paths === true) context = withPathInScope(context, readPath(message.headers))
  const processing: Processing = {
    route,
    operation,
    message,
    span,
    context,
    meters,
    startedMs,
    innerFailure: undefined,
  }
  if (span === undefined || operation.failsWith === undefined) return processing
  return listening(processing, operation.failsWith)
}

/** A trace that begins at a consumer though its producer is traced: the span tells why. */
function sayProblem(span: Span, message: Message): void {
  const problem = unreadContext(message)
  if (problem !== undefined) span.setAttribute(problemAttribute, problem)
}

function startOf(
  route: Route,
  message: Message,
  operation: PreparedOperation,
  carried: Context,
  poll: Span | undefined,
  startTime: TimeInput | undefined,
): Span {
  const { continuation } = operation
  const producer = trace.getSpanContext(carried)
  const sharesPoll = producer === undefined && route.tracing.options.polls === 'shared'
  const isChildOfPoll = poll !== undefined && (continuation === 'link' || sharesPoll)
  let parent = carried
  if (isChildOfPoll) parent = withSpan(carried, poll)
  else if (continuation === 'link' && producer !== undefined) parent = trace.deleteSpan(carried)
  const links = linksOf(
    continuation !== 'parent' ? producer : undefined,
    isChildOfPoll ? undefined : poll?.spanContext(),
    firstAttemptOf(message.headers),
  )
  return startSpan(route, operation, SpanKind.CONSUMER, parent, links, startTime)
}

function linksOf(...linked: readonly (SpanContext | undefined)[]): Link[] | undefined {
  let links: Link[] | undefined
  for (const context of linked) {
    if (context === undefined) continue
    if (links === undefined) links = [{ context }]
    else links.push({ context })
  }
  return links
}

interface Listening {
  readonly name: string
  processing: Processing | undefined
}

function listening(processing: Processing, name: string): Processing {
  const ear: Listening = { name, processing: undefined }
  const heard = Object.assign({}, processing, { context: processing.context.setValue(processingKey, ear) })
  ear.processing = heard
  return heard
}

/** Tells the message in scope, if its rule asks for it, that a function traced under `name` failed. */
export function tellInnerFailure(context: Context, name: string, error: unknown): void {
  const ear = context.getValue(processingKey) as Listening | undefined
  if (ear?.name === name && ear.processing !== undefined) ear.processing.innerFailure ??= { error }
}

/** Ends the span of a message whose handler returned. */
export function endProcess(processing: Processing, endTime?: TimeInput): void {
  const { span, innerFailure } = processing
  const failure = innerFailure?.error
  if (span !== undefined) {
    if (innerFailure !== undefined) recordFailure(span, failure)
    tellHook('onProcessed', processing.route, processing.operation, span, processing.message, failure)
    span.end(endTime)
  }
  if (processing.meters !== undefined)
    countEnd(processing, innerFailure === undefined ? undefined : failureType(failure))
}

/** Ends the span of a message whose handler threw. */
export function failProcess(processing: Processing, error: unknown): void {
  const { span } = processing
  if (span !== undefined) {
    recordFailure(span, error)
    tellHook('onProcessed', processing.route, processing.operation, span, processing.message, error)
    span.end()
  }
  if (processing.meters !== undefined) countEnd(processing, failureType(error))
}

/**
 * Runs a handler in its message's context, and ends the processing when the handler has settled, whether it
 * returns at once or a promise. What it returns or throws reaches the caller unchanged.
 */
export function runProcess<Result>(processing: Processing, handler: () => Result): Result {
  let result: Result
  try {
    result = contexts.with(processing.context, handler)
  } catch (error) {
    failSafely(processing, error)
    throw error
  }
  if (!isThenable(result)) {
    endSafely(processing)
    return result
  }
  return result.then(
    value => {
      endSafely(processing)
      return value
    },
    error => {
      failSafely(processing, error)
      throw error
    },
  ) as Result
}

/** A message in the hands of its handler, which runs in its span. A class, since a message then costs no functions. */
class HandledMessage implements MessageScope {
  readonly processing: Processing
  readonly carried: Context

  constructor(processing: Processing, carried: Context) {
    this.processing = processing
    this.carried = carried
  }

  get route(): Route {
    return this.processing.route
  }

  get message(): Message {
    return this.processing.message
  }

  context(): Context {
    return this.processing.context
  }

  run<Result>(handler: () => Result): Result {
    return contexts.with(this.processing.context, handler)
  }
}

/**
 * All of it for a client that calls a handler with one message: starts the span, makes the message's context
 * findable by `message.original`, runs the handler within, ends the span when it has settled. Where tracing fails,
 * the handler runs nevertheless.
 */
export function handleMessage<Result>(route: Route, message: Message, handler: () => Result): Result {
  let processing: Processing
  try {
    const carried = carriedContext(route, message)
    processing = startProcess(route, message, carried)
    if (message.original !== undefined) keepScope(message.original, new HandledMessage(processing, carried))
  } catch (error) {
    warnOnce('A message could not be traced', error)
    return handler()
  }
  return runProcess(processing, handler)
}

function endSafely(processing: Processing): void {
  try {
    endProcess(processing)
  } catch (error) {
    warnOnce('The end of a message could not be traced', error)
  }
}

function failSafely(processing: Processing, failure: unknown): void {
  try {
    failProcess(processing, failure)
  } catch (error) {
    warnOnce('The end of a message could not be traced', error)
  }
}

/** Counts a delivery, and measures how long it waited and was under way. */
export function countDelivery(
  route: Route,
  { metricAttributes }: PreparedOperation,
  message: Message,
  meters: Instruments,
): void {
  meters.consumedMessages.add(1, metricAttributes)
  const queuedMs = queuedMsOf(message.timestampMs)
  if (queuedMs !== undefined) meters.queueDuration.record(Math.max(0, queuedMs) / 1000, metricAttributes)
  if (route.tracing.options.paths !== true) return
  const path = readPath(message.headers)
  if (path === undefined) return
  const attributes = Object.assign({}, metricAttributes, pathAttributes(path, route.facts.destination))
  meters.pathDuration.record(Math.max(0, Date.now() - path.startedMs) / 1000, attributes)
}

function countEnd({ meters, startedMs, operation }: Processing, errorType: string | undefined): void {
  meters?.processDuration.record(
    secondsSince(startedMs),
    withErrorType(operation.metricAttributes, errorType),
  )
}

function tellHook(
  name: 'onProcess' | 'onProcessed',
  { tracing, system, facts }: Route,
  operation: PreparedOperation,
  span: Span,
  message: Message,
  error?: unknown,
): void {
  const hook = tracing.options[name]
  if (hook === undefined) return
  const info = {
    system: system.name,
    operation: operation.type,
    destination: facts.destination,
    message,
    error,
  }
  callHook(hook, span, info, name)
}
