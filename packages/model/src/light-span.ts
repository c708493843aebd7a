import type { SpanId, TraceId } from './ids.ts'
import { linkedMessagesOf, messageFactsOf } from './message-facts.ts'
import type { MessageFacts } from './messaging.ts'
import type { Span, StatusCode } from './span.ts'

/** What cause and effect are judged by. A {@link Span} is one as it stands. */
export type CausalSpan = Pick<
  Span,
  | 'traceId'
  | 'spanId'
  | 'parentSpanId'
  | 'service'
  | 'kind'
  | 'name'
  | 'startTimeUnixNano'
  | 'endTimeUnixNano'
> & { readonly status: { readonly code: StatusCode } }

/** A link of a light span; `message` where the link's attributes name a message of a batch. */
export interface LightLink {
  readonly traceId: TraceId
  readonly spanId: SpanId
  readonly message?: MessageFacts
}

/**
 * A span reduced to what messages and summaries are made from: cheap to read for hundreds of traces at once,
 * where whole spans are not. A search fills it from columns; {@link lightSpan} makes it from a span.
 */
export interface LightSpan extends CausalSpan {
  /** What the span did with a message; absent where it did nothing with one. */
  readonly message?: MessageFacts
  readonly links?: readonly LightLink[]
}

/** The light form of a span: its messaging facts are read from the attributes once, here. */
export function lightSpan(span: Span): LightSpan {
  const message = messageFactsOf(span)
  if (message === undefined) return span
  const { traceId, spanId, parentSpanId, service, kind, name, startTimeUnixNano, endTimeUnixNano, status } =
    span
  const base = {
    traceId,
    spanId,
    parentSpanId,
    service,
    kind,
    name,
    startTimeUnixNano,
    endTimeUnixNano,
    status,
    message,
  }
  if (span.links.length === 0) return base
  // Those that name a message come in the order of the links; links without a context share their ids.
  const named = linkedMessagesOf(span)
  let next = 0
  const links = span.links.map(({ traceId, spanId }) => {
    const link = named[next]
    if (link?.traceId !== traceId || link.spanId !== spanId) return { traceId, spanId }
    next++
    return { traceId, spanId, message: link.facts }
  })
  return { ...base, links }
}
