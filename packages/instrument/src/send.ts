import type { Attributes, Context, Link, Span } from '@opentelemetry/api'
import { context as contexts, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { recordFailure } from './failure.ts'
import type { HeaderRecord } from './headers.ts'
import { readContext, withContext } from './headers.ts'
import type { Ruling } from './rules.ts'
import type { MessagingTracing } from './tracing.ts'

/** A message on its way to the broker. */
export interface Sending {
  /** Undefined where a rule says to make none. */
  readonly span: Span | undefined
  /** The message's headers with the context, in an object of their own. */
  readonly headers: Record<string, unknown>
}

/**
 * Starts the span of one message to be sent (kind PRODUCER, conventions 1.44) and puts its context into a copy
 * of the headers. The active span is the parent. Where none is active, the context that the message already
 * carries is: a forwarder that lost its scope still continues the trace. Where one is active and the message
 * comes from another trace, a link remembers that.
 */
export function startSend(
  tracing: MessagingTracing,
  ruling: Ruling,
  attributes: Attributes,
  headers: HeaderRecord | null | undefined,
): Sending {
  const active = contexts.active()
  if (ruling.skip) return { span: undefined, headers: withContext(headers, active) }
  const { parent, links } = origin(active, headers)
  const span = tracing.tracer.startSpan(
    ruling.spanName,
    links === undefined
      ? { kind: SpanKind.PRODUCER, attributes }
      : { kind: SpanKind.PRODUCER, attributes, links },
    parent,
  )
  return { span, headers: withContext(headers, trace.setSpan(parent, span)) }
}

/** Ends the span of a message that the broker took, with what the broker's answer said about it. */
export function endSend(sending: Sending, answered: Attributes | undefined): void {
  const { span } = sending
  if (span === undefined) return
  if (answered !== undefined) span.setAttributes(answered)
  span.end()
}

/** Ends the span of a message that was not sent. */
export function failSend(sending: Sending, error: unknown): void {
  const { span } = sending
  if (span === undefined) return
  recordFailure(span, error)
  span.end()
}

function origin(
  active: Context,
  headers: HeaderRecord | null | undefined,
): { readonly parent: Context; readonly links: Link[] | undefined } {
  if (headers === null || headers === undefined) return { parent: active, links: undefined }
  const carried = trace.getSpanContext(readContext(ROOT_CONTEXT, headers))
  if (carried === undefined) return { parent: active, links: undefined }
  const current = trace.getSpanContext(active)
  if (current === undefined) return { parent: trace.setSpanContext(active, carried), links: undefined }
  return { parent: active, links: carried.traceId === current.traceId ? undefined : [{ context: carried }] }
}
