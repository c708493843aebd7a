import type { Attributes, Resource, Scope, Span, SpanEvent, SpanLink, Trace } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { PartialTraces } from '@waybill/wire/otlp'

type ResourceSpans = NonNullable<PartialTraces['resourceSpans']>[number]
type ScopeSpans = NonNullable<ResourceSpans['scopeSpans']>[number]

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

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
type OtlpSpan = NonNullable<ScopeSpans['spans']>[number]
type OtlpEvent = NonNullable<OtlpSpan['events']>[number]
type OtlpLink = NonNullable<OtlpSpan['links']>[number]

function resourceOf(resource: Resource | undefined): Pick<ResourceSpans, 'resource' | 'schemaUrl'> {
  const described: Writable<NonNullable<ResourceSpans['resource']>> = {}
  if (resource === undefined) return { resource: described }
  describe(described, resource)
  const { schemaUrl } = resource
  return schemaUrl === '' ? { resource: described } : { resource: described, schemaUrl }
}

function scopeOf(scope: Scope | undefined): Pick<ScopeSpans, 'scope' | 'schemaUrl'> {
  const described: Writable<NonNullable<ScopeSpans['scope']>> = {}
  if (scope === undefined) return { scope: described }
  if (scope.name !== '') described.name = scope.name
  if (scope.version !== '') described.version = scope.version
  describe(described, scope)
  const { schemaUrl } = scope
  return schemaUrl === '' ? { scope: described } : { scope: described, schemaUrl }
}

/** Member by member: there are tens of thousands of spans, and filtering objects takes twice as long. */
function otlpSpan(span: Span): OtlpSpan {
  const written: Writable<OtlpSpan> = { traceId: span.traceId, spanId: span.spanId }
  if (span.traceState !== '') written.traceState = span.traceState
  if (span.parentSpanId !== '') written.parentSpanId = span.parentSpanId
  if (span.flags !== 0) written.flags = span.flags
  if (span.name !== '') written.name = span.name
  const kind = spanKinds.indexOf(span.kind)
  if (kind !== 0) written.kind = kind
  if (span.startTimeUnixNano !== '0') written.startTimeUnixNano = span.startTimeUnixNano
  if (span.endTimeUnixNano !== '0') written.endTimeUnixNano = span.endTimeUnixNano
  describe(written, span)
  if (span.events.length > 0) written.events = span.events.map(otlpEvent)
  if (span.droppedEventsCount !== 0) written.droppedEventsCount = span.droppedEventsCount
  if (span.links.length > 0) written.links = span.links.map(otlpLink)
  if (span.droppedLinksCount !== 0) written.droppedLinksCount = span.droppedLinksCount
  written.status = otlpStatus(span.status)
  return written
}

function otlpStatus({ code, message }: Span['status']): NonNullable<OtlpSpan['status']> {
  const number = statusCodes.indexOf(code)
  return { ...(message === '' ? {} : { message }), ...(number === 0 ? {} : { code: number }) }
}

function otlpEvent(event: SpanEvent): OtlpEvent {
  const written: Writable<OtlpEvent> = {}
  if (event.timeUnixNano !== '0') written.timeUnixNano = event.timeUnixNano
  if (event.name !== '') written.name = event.name
  describe(written, event)
  return written
}

function otlpLink(link: SpanLink): OtlpLink {
  const written: Writable<OtlpLink> = { traceId: link.traceId, spanId: link.spanId }
  if (link.traceState !== '') written.traceState = link.traceState
  describe(written, link)
  if (link.flags !== 0) written.flags = link.flags
  return written
}

interface Described {
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

function describe(
  written: Writable<Pick<OtlpSpan, 'attributes' | 'droppedAttributesCount'>>,
  described: Described,
): void {
  if (described.attributes.length > 0) written.attributes = described.attributes
  if (described.droppedAttributesCount !== 0)
    written.droppedAttributesCount = described.droppedAttributesCount
}
