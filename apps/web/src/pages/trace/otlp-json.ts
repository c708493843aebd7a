import type { Span, Trace } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'

/**
 * A trace as OTLP/JSON writes it (opentelemetry-proto, trace/v1/trace.proto, message TracesData): spans
 * grouped by resource and scope, ids in hex, enums as numbers, what is empty left out.
 */
export function otlpJson(trace: Trace): unknown {
  const groups = Map.groupBy(trace.spans, span => span.resource)
  return {
    resourceSpans: [...groups].map(([place, spans]) => {
      const resource = trace.resources[place]
      return {
        resource: compact({
          attributes: resource?.attributes,
          droppedAttributesCount: resource?.droppedAttributesCount,
        }),
        scopeSpans: scopeSpans(trace, spans),
        ...compact({ schemaUrl: resource?.schemaUrl }),
      }
    }),
  }
}

function scopeSpans(trace: Trace, spans: readonly Span[]): readonly unknown[] {
  return [...Map.groupBy(spans, span => span.scope)].map(([place, ofScope]) => {
    const scope = trace.scopes[place]
    return {
      scope: compact({
        name: scope?.name,
        version: scope?.version,
        attributes: scope?.attributes,
        droppedAttributesCount: scope?.droppedAttributesCount,
      }),
      spans: ofScope.map(otlpSpan),
      ...compact({ schemaUrl: scope?.schemaUrl }),
    }
  })
}

/** A span as OTLP/JSON writes it. */
export function otlpSpan(span: Span): Record<string, unknown> {
  return compact({
    traceId: span.traceId,
    spanId: span.spanId,
    traceState: span.traceState,
    parentSpanId: span.parentSpanId,
    flags: span.flags,
    name: span.name,
    kind: spanKinds.indexOf(span.kind),
    startTimeUnixNano: span.startTimeUnixNano,
    endTimeUnixNano: span.endTimeUnixNano,
    attributes: span.attributes,
    droppedAttributesCount: span.droppedAttributesCount,
    events: span.events.map(event => compact({ ...event })),
    droppedEventsCount: span.droppedEventsCount,
    links: span.links.map(link => compact({ ...link })),
    droppedLinksCount: span.droppedLinksCount,
    status: compact({ code: statusCodes.indexOf(span.status.code), message: span.status.message }),
  })
}

function compact(fields: Record<string, unknown>): Record<string, unknown> {
  const said = ([, value]: [string, unknown]) =>
    value !== undefined && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(fields).filter(said))
}
