import type { AnyValue, KeyValue } from '@waybill/model'

/*
 * OTLP traces in the shape of OTLP/JSON, with every field present: ids in lower-case hex (a parent's id is
 * the empty string where there is none), 64-bit integers as decimal texts, enums as numbers. This is what
 * the decoder gives and the encoder takes.
 */

/** ExportTraceServiceRequest, which is also TracesData. */
export interface TracesData {
  readonly resourceSpans: readonly ResourceSpansData[]
}

export interface ResourceSpansData {
  readonly resource: ResourceData
  readonly scopeSpans: readonly ScopeSpansData[]
  readonly schemaUrl: string
}

export interface ResourceData {
  readonly attributes: readonly KeyValue[]
  readonly droppedAttributesCount: number
  readonly entityRefs: readonly EntityRefData[]
}

export interface EntityRefData {
  readonly schemaUrl: string
  readonly type: string
  readonly idKeys: readonly string[]
  readonly descriptionKeys: readonly string[]
}

export interface ScopeSpansData {
  readonly scope: ScopeData
  readonly spans: readonly SpanData[]
  readonly schemaUrl: string
}

export interface ScopeData {
  readonly name: string
  readonly version: string
  readonly attributes: readonly KeyValue[]
  readonly droppedAttributesCount: number
}

export interface SpanData {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly KeyValue[]
  readonly droppedAttributesCount: number
  readonly events: readonly EventData[]
  readonly droppedEventsCount: number
  readonly links: readonly LinkData[]
  readonly droppedLinksCount: number
  readonly status: { readonly message: string; readonly code: number }
  readonly flags: number
}

export interface EventData {
  readonly timeUnixNano: string
  readonly name: string
  readonly attributes: readonly KeyValue[]
  readonly droppedAttributesCount: number
}

export interface LinkData {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly attributes: readonly KeyValue[]
  readonly droppedAttributesCount: number
  readonly flags: number
}

/** The same with any field left out, as senders of OTLP/JSON may. */
export type PartialTraces = DeepPartial<TracesData>

type DeepPartial<T> = T extends AnyValue
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepPartial<Item>[]
    : T extends object
      ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
      : T
