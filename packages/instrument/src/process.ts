import type { Attributes, Context, Link, Span, SpanContext, TimeInput } from '@opentelemetry/api'
import { context as contexts, createContextKey, SpanKind, trace } from '@opentelemetry/api'
import { recordFailure } from './failure.ts'
import type { Ruling } from './rules.ts'
import { whenSettled } from './settle.ts'
import type { Continuation, MessagingTracing } from './tracing.ts'

/** A message being worked on. */
export interface Processing {
  /** Undefined where a rule says to make none. */
  readonly span: Span | undefined
  /** What the handler runs in: the message's own span, and the baggage that came with it. */
  readonly context: Context
  /** The first failure within that the rules count as the message's, though the handler may have dealt with it. */
  innerFailure: { readonly error: unknown } | undefined
}

/** Where traced functions find the message that they work on, if its rule wants to know of their failures. */
const processingKey = createContextKey('waybill.processing')

/**
 * Starts the span of one message's processing (kind CONSUMER, conventions 1.44).
 *
 * Where the message carries a context, the span is its child, linked to it, or both. Where it carries none, the
 * span is the root of a trace of its own, whatever span happens to be active around the consumer.
 *
 * @param carried what the message's headers hold, read upon an empty context.
 * @param poll the span of the batch that the message came in. It becomes the parent where the producer's
 *   context is only linked, and is linked where it is not the parent.
 */
export function startProcess(
  tracing: MessagingTracing,
  ruling: Ruling,
  attributes: Attributes,
  carried: Context,
  poll?: Span,
  startTime?: TimeInput,
): Processing {
  if (ruling.skip) return { span: undefined, context: carried, innerFailure: undefined }
  const producer = trace.getSpanContext(carried)
  const childOfPoll = tracing.continuation === 'link' && poll !== undefined
  const parent = parentContext(tracing.continuation, carried, poll)
  const links = linksOf(tracing.continuation, producer, childOfPoll ? undefined : poll?.spanContext())
  const span = tracing.tracer.startSpan(
    ruling.spanName,
    {
      kind: SpanKind.CONSUMER,
      attributes,
      ...(links === undefined ? undefined : { links }),
      ...(startTime === undefined ? undefined : { startTime }),
    },
    parent,
  )
  const context = trace.setSpan(parent, span)
  if (ruling.failsWith === undefined) return { span, context, innerFailure: undefined }
  const listening: Listening = { name: ruling.failsWith, processing: undefined }
  const processing = { span, context: context.setValue(processingKey, listening), innerFailure: undefined }
  listening.processing = processing
  return processing
}

interface Listening {
  readonly name: string
  processing: Processing | undefined
}

/** Tells the message in scope, if its rule asks for it, that a function traced under `name` failed. */
export function tellInnerFailure(context: Context, name: string, error: unknown): void {
  const listening = context.getValue(processingKey) as Listening | undefined
  if (listening?.name === name && listening.processing !== undefined)
    listening.processing.innerFailure ??= { error }
}

function parentContext(continuation: Continuation, carried: Context, poll: Span | undefined): Context {
  if (continuation !== 'link') return carried
  return poll === undefined ? trace.deleteSpan(carried) : trace.setSpan(carried, poll)
}

function linksOf(
  continuation: Continuation,
  producer: SpanContext | undefined,
  poll: SpanContext | undefined,
): Link[] | undefined {
  const linksProducer = continuation !== 'parent' && producer !== undefined
  if (!linksProducer && poll === undefined) return undefined
  const links: Link[] = []
  if (linksProducer) links.push({ context: producer })
  if (poll !== undefined) links.push({ context: poll })
  return links
}

/** Ends the span of a message whose handler returned. */
export function endProcess({ span, innerFailure }: Processing, endTime?: TimeInput): void {
  if (span === undefined) return
  if (innerFailure !== undefined) recordFailure(span, innerFailure.error)
  span.end(endTime)
}

/** Ends the span of a message whose handler threw. */
export function failProcess(processing: Processing, error: unknown): void {
  if (processing.span === undefined) return
  recordFailure(processing.span, error)
  processing.span.end()
}

/**
 * Runs a handler in its message's context, and tells when it has settled. What the handler returns or throws
 * reaches the caller unchanged.
 */
export function runInContext<Result>(
  context: Context,
  handler: () => Result,
  onResult: (result: unknown) => void,
  onError: (error: unknown) => void,
): Result {
  return whenSettled(() => contexts.with(context, handler), onResult, onError)
}
