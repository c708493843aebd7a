import type { Attributes } from './attributes.ts'
import type { SpanId, TraceId } from './ids.ts'

/** Kinds of spans, with the numbers OTLP gives them (trace/v1/trace.proto, Span.SpanKind). */
export const spanKinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
export type SpanKind = (typeof spanKinds)[number]

/** Status codes, with the numbers OTLP gives them (Status.StatusCode). */
export const statusCodes = ['unset', 'ok', 'error'] as const
export type StatusCode = (typeof statusCodes)[number]

/** What sent the spans: a process, a pod. Times are decimal texts of nanoseconds since 1970 everywhere. */
export interface Resource {
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly schemaUrl: string
}

/** The instrumentation that made the spans. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly schemaUrl: string
}

export interface SpanEvent {
  readonly timeUnixNano: string
  readonly name: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
}

export interface SpanLink {
  readonly traceId: TraceId
  readonly spanId: SpanId
  readonly traceState: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly flags: number
}

/**
 * A span as OTLP has it, nothing lost, in a shape that is JSON as it stands. Resources and scopes are
 * shared by many spans of a trace, so a span names them by their place in the trace's lists.
 */
export interface Span {
  readonly traceId: TraceId
  readonly spanId: SpanId
  /** The empty string for a root. */
  readonly parentSpanId: SpanId | ''
  readonly traceState: string
  readonly flags: number
  readonly name: string
  readonly kind: SpanKind
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: Attributes
  readonly droppedAttributesCount: number
  readonly events: readonly SpanEvent[]
  readonly droppedEventsCount: number
  readonly links: readonly SpanLink[]
  readonly droppedLinksCount: number
  readonly status: { readonly code: StatusCode; readonly message: string }
  /** `service.name` of the resource, the empty string where it has none. */
  readonly service: string
  /** Place in {@link Trace.resources}. */
  readonly resource: number
  /** Place in {@link Trace.scopes}. */
  readonly scope: number
}

/** All that is stored of one trace, spans in the order they started. */
export interface Trace {
  readonly traceId: TraceId
  readonly resources: readonly Resource[]
  readonly scopes: readonly Scope[]
  readonly spans: readonly Span[]
}
