import type { MessageFacts, SpanId, SpanKind, StatusCode, TraceId } from '@waybill/model'

/**
 * What every search takes. Times are milliseconds since 1970 or RFC 3339 texts; `last` (`15m`, `1h`, `2d`)
 * stands for a range that ends now. Without any, the last hour is searched.
 */
export interface SearchParameters {
  /** Text of the query language; empty finds everything in the range. */
  readonly q?: string
  readonly start?: string
  readonly end?: string
  readonly last?: string
  /** 1 to 1500, 20 if absent. */
  readonly limit?: string
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

/** What a search of traces takes besides. */
export interface TraceSearchParameters extends SearchParameters {
  /**
   * `newest`, the default: by the start of the trace; a page costs what the newest end of the range costs.
   * `slowest`: by its duration; all that matches in the range has to be looked at.
   */
  readonly sort?: string
}

/** A piece of a trace's shape: a service at work, or a message waiting in a destination. */
export interface ShapePart {
  readonly kind: 'service' | 'wait'
  /** The service, or the destination. */
  readonly name: string
  /** Nanoseconds from the start of the trace. */
  readonly startNano: number
  readonly endNano: number
  readonly error: boolean
}

/** A stop on the way of a trace: services and the destinations between them, in order of time. */
export interface PathStep {
  readonly kind: 'service' | 'destination'
  readonly name: string
}

export interface TraceSummary {
  readonly traceId: TraceId
  readonly startUnixNano: string
  readonly durationNano: number
  /** Service and name of the root, or of the earliest span where the root is missing. */
  readonly rootService: string
  readonly rootName: string
  readonly rootMissing: boolean
  readonly spanCount: number
  readonly errorCount: number
  /** Spans whose parent is not stored; absent where there are none. */
  readonly orphanCount?: number
  readonly services: readonly {
    readonly name: string
    readonly spanCount: number
    readonly errorCount: number
  }[]
  readonly messageCount: number
  /** Time that messages waited along the critical line; what waited in parallel counts once. */
  readonly waitedNano: number
  readonly path: readonly PathStep[]
  readonly shape: readonly ShapePart[]
}

export interface TraceSearchResponse {
  readonly traces: readonly TraceSummary[]
  /** Absent on the last page. */
  readonly nextCursor?: string
  readonly tookMs: number
}

export interface SpanHit {
  readonly traceId: TraceId
  readonly spanId: string
  readonly service: string
  readonly name: string
  readonly kind: SpanKind
  readonly status: StatusCode
  readonly startUnixNano: string
  readonly durationNano: number
}

export interface SpanSearchResponse {
  readonly spans: readonly SpanHit[]
  readonly nextCursor?: string
  readonly tookMs: number
}

/** One time that a span created, sent, received, processed or settled a message; a batch has one for each. */
export interface MessageHit {
  /** What was done, with which message, by which group. */
  readonly facts: MessageFacts
  readonly traceId: TraceId
  readonly spanId: SpanId
  readonly service: string
  readonly name: string
  readonly kind: SpanKind
  readonly status: StatusCode
  readonly statusMessage: string
  readonly startUnixNano: string
  readonly durationNano: number
  /** The span that the link of this message names: its producer, of a consumer; absent where there is no link. */
  readonly link?: { readonly traceId: TraceId; readonly spanId: SpanId }
}

export interface MessageSearchResponse {
  readonly messages: readonly MessageHit[]
  readonly nextCursor?: string
  readonly tookMs: number
}

/** Matching traces over time, in steps of equal length. */
export interface HistogramResponse {
  readonly stepMs: number
  readonly startUnixMs: number
  readonly buckets: readonly { readonly traces: number; readonly errors: number }[]
  readonly total: number
  /** The counts stand for all traces, of which a part was counted. */
  readonly sampled?: true
}

/** Values of the current result that narrow it further. `query` is the text to add for one value. */
export interface FacetsResponse {
  readonly facets: readonly {
    readonly key: string
    readonly title: string
    readonly values: readonly { readonly value: string; readonly count: number; readonly query: string }[]
  }[]
  /** The counts stand for all traces, of which a part was counted. */
  readonly sampled?: true
}

/** What a question would run and read, where `explain` asks for that instead of its answer. */
export interface ExplainResponse {
  /** SQL of ClickHouse with placeholders, and the values that are bound to them. */
  readonly statements: readonly {
    readonly sql: string
    readonly parameters: Readonly<Record<string, unknown>>
  }[]
  /** First what would be read of each table, then the engine's plan. */
  readonly plan: readonly string[]
}

/** What may stand at the cursor: keys, or values of a key that are stored. */
export interface CompletionResponse {
  readonly from: number
  readonly options: readonly {
    readonly label: string
    readonly kind: 'key' | 'value' | 'is'
    readonly detail?: string
  }[]
}
