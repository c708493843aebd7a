import type { Attributes, Context, Link, Span, SpanContext, TimeInput } from '@opentelemetry/api'
import { context as contexts, SpanKind, trace } from '@opentelemetry/api'
import { recordFailure, recordVerdict } from './failure.ts'
import type { Ruling } from './rules.ts'
import { whenSettled } from './settle.ts'
import type { Continuation, MessagingTracing } from './tracing.ts'
import { guarded } from './warn.ts'

/** A message being worked on. */
export interface Processing {
  /** Undefined where a rule says to make none. */
  readonly span: Span | undefined
  /** What the handler runs in: the message's own span, and the baggage that came with it. */
  readonly context: Context
  readonly ruling: Ruling
}

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
  if (ruling.skip) return { span: undefined, context: carried, ruling }
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
  return { span, context: trace.setSpan(parent, span), ruling }
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

/** Ends the span of a message that was handled; a rule may read failure from what the handler returned. */
export function endProcess(processing: Processing, result: unknown, endTime?: TimeInput): void {
  const { span, ruling } = processing
  if (span === undefined) return
  if (ruling.failed !== undefined) {
    const verdict = guarded('failed() of a message rule threw', () => ruling.failed?.(result))
    if (verdict === true) recordVerdict(span, 'the handler reported a failure')
    else if (typeof verdict === 'string') recordVerdict(span, verdict)
  }
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
