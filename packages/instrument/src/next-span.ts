import type { Span } from '@opentelemetry/api'
import { context as contexts, SpanKind, trace } from '@opentelemetry/api'
import { linkAttributes } from './route.ts'
import { carriedContextOf, contextOf, scopeOf } from './scope.ts'
import { scopeName, scopeVersion } from './tracing.ts'

/**
 * Starts a span for work on a message, which the application ends: for loops that make their spans themselves.
 * Its parent is the message's own span or what the message carries; where it carries nothing, the active span;
 * else it is the root of a trace. What says which message it is (destination, key, offset) is on the span where
 * no context came with the message, since no other span says it then.
 *
 * @example
 * const span = nextSpan(message, 'store')
 * try { await context.with(trace.setSpan(contextOf(message), span), () => store(message)) } finally { span.end() }
 */
export function nextSpan(message: object, name: string): Span {
  const own = contextOf(message)
  const parent = trace.getSpanContext(own) === undefined ? contexts.active() : own
  const scope = scopeOf(message)
  const tracer = scope?.route.tracing.tracer ?? trace.getTracer(scopeName, scopeVersion)
  const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL }, parent)
  if (scope !== undefined && trace.getSpanContext(carriedContextOf(message)) === undefined) {
    const { route } = scope
    span.setAttribute('messaging.destination.name', route.facts.destination)
    span.setAttributes(linkAttributes(route, scope.message))
  }
  return span
}
