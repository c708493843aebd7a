import type { Span, SpanLink } from '@waybill/model'
import { findAttribute } from '@waybill/model'

/**
 * Whether a span's parent is one that it follows from, in OpenTracing's sense: one that did not wait for it. Jaeger's
 * and OpenTracing's clients say so by a link to the parent (semantic conventions, opentracing.ref_type).
 */
export function followsFromParent(span: Span): boolean {
  return span.links.some(link => leadsToParent(span, link) && saysFollowsFrom(link))
}

/** Whether a link says no more than who the parent is. */
export function leadsToParent(span: Span, link: SpanLink): boolean {
  return link.spanId === span.parentSpanId && link.traceId === span.traceId
}

function saysFollowsFrom(link: SpanLink): boolean {
  const type = findAttribute(link.attributes, 'opentracing.ref_type')
  return type !== undefined && 'stringValue' in type && type.stringValue === 'follows_from'
}
