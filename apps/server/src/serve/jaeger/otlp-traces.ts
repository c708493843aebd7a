import type { Attributes, Resource, Scope, Span, SpanEvent, SpanLink, Trace } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { PartialTraces } from '@waybill/wire/otlp'

type ResourceSpans = NonNullable<PartialTraces['resourceSpans']>[number]
type ScopeSpans = NonNullable<ResourceSpans['scopeSpans']>[number]

/** The members that are not empty or zero: proto3's JSON leaves the others out, as Jaeger does. */
function present<Members extends object>(members: Members): Partial<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isZero(value))) as Partial<Members>
}

function isZero(value: unknown): boolean {
  return value === 0 || value === '' || value === undefined || (Array.isArray(value) && value.length === 0)
}

/**
 * Traces as one TracesData in the shape of OTLP/JSON: ids in hex, enums as numbers, 64-bit integers as texts,
 * zeros left out (as pdata's JSON marshaler in Jaeger 2.20). `encodeTraces` makes its bytes. Spans stand under
 * their resource and scope, in the order they come; traces one after the other.
 */
export function otlpTraces(traces: readonly Omit<Trace, 'traceId'>[]): PartialTraces {
  return { resourceSpans: traces.flatMap(resourceSpansOf) }
}

function resourceSpansOf({ spans, resources, scopes }: Omit<Trace, 'traceId'>): readonly ResourceSpans[] {
  return [...Map.groupBy(spans, span => span.resource)].map(([resource, ofResource]) => ({
    ...resourceOf(resources[resource]),
    scopeSpans: [...Map.groupBy(ofResource, span => span.scope)].map(([scope, ofScope]) => ({
      ...scopeOf(scopes[scope]),
      spans: ofScope.map(otlpSpan),
    })),
  }))
}

function resourceOf(resource: Resource | undefined): Pick<ResourceSpans, 'resource' | 'schemaUrl'> {
  const { attributes = [], droppedAttributesCount = 0, schemaUrl = '' } = resource ?? {}
  return { resource: present({ attributes, droppedAttributesCount }), ...present({ schemaUrl }) }
}

function scopeOf(scope: Scope | undefined): Pick<ScopeSpans, 'scope' | 'schemaUrl'> {
  const { name = '', version = '', attributes = [], droppedAttributesCount = 0, schemaUrl = '' } = scope ?? {}
  return {
    scope: present({ name, version, attributes, droppedAttributesCount }),
    ...present({ schemaUrl }),
  }
}

function otlpSpan(span: Span): NonNullable<ScopeSpans['spans']>[number] {
  const { traceId, spanId, status } = span
  return {
    traceId,
    spanId,
    ...present({
      traceState: span.traceState,
      parentSpanId: span.parentSpanId as string,
      flags: span.flags,
      name: span.name,
      kind: spanKinds.indexOf(span.kind),
      startTimeUnixNano: zeroless(span.startTimeUnixNano),
      endTimeUnixNano: zeroless(span.endTimeUnixNano),
      attributes: span.attributes,
      droppedAttributesCount: span.droppedAttributesCount,
      events: span.events.map(otlpEvent),
      droppedEventsCount: span.droppedEventsCount,
      links: span.links.map(otlpLink),
      droppedLinksCount: span.droppedLinksCount,
    }),
    status: present({ message: status.message, code: statusCodes.indexOf(status.code) }),
  }
}

function otlpEvent({ timeUnixNano, name, ...rest }: SpanEvent) {
  return present({ timeUnixNano: zeroless(timeUnixNano), name, ...listed(rest) })
}

function otlpLink({ traceId, spanId, traceState, flags, ...rest }: SpanLink) {
  return present({ traceId: traceId as string, spanId: spanId as string, traceState, flags, ...listed(rest) })
}

function listed({
  attributes,
  droppedAttributesCount,
}: {
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}) {
  return { attributes, droppedAttributesCount }
}

function zeroless(time: string): string {
  return time === '0' ? '' : time
}
