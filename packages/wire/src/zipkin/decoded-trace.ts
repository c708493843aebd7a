import type { Resource, Scope, Span, SpanId, Trace, TraceId } from '@waybill/model'
import { displayValue, findAttribute, spanKinds, statusCodes } from '@waybill/model'
import type { SpanData } from '../otlp/index.ts'
import { decodeTraces, walkTraces } from '../otlp/index.ts'

/** For tests: the spans of an OTLP request in the shape in which the store gives them, whatever their traces. */
export function decodedTrace(bytes: Uint8Array): Trace {
  walkTraces(bytes)
  const resources: Resource[] = []
  const scopes: Scope[] = []
  const spans: Span[] = []
  for (const { resource, scopeSpans, schemaUrl } of decodeTraces(bytes).resourceSpans) {
    const { attributes, droppedAttributesCount } = resource
    resources.push({ attributes, droppedAttributesCount, schemaUrl })
    const service = displayValue(findAttribute(attributes, 'service.name') ?? {})
    for (const { scope, spans: scoped, schemaUrl: scopeSchemaUrl } of scopeSpans) {
      scopes.push({ ...scope, schemaUrl: scopeSchemaUrl })
      for (const span of scoped) spans.push(modelSpan(span, service, resources.length - 1, scopes.length - 1))
    }
  }
  return { traceId: (spans[0]?.traceId ?? '') as TraceId, resources, scopes, spans }
}

function modelSpan(span: SpanData, service: string, resource: number, scope: number): Span {
  return {
    ...span,
    traceId: span.traceId as TraceId,
    spanId: span.spanId as SpanId,
    parentSpanId: span.parentSpanId as SpanId | '',
    kind: spanKinds[span.kind] ?? 'unspecified',
    status: { code: statusCodes[span.status.code] ?? 'unset', message: span.status.message },
    links: span.links.map(link => ({
      ...link,
      traceId: link.traceId as TraceId,
      spanId: link.spanId as SpanId,
    })),
    service,
    resource,
    scope,
  }
}
