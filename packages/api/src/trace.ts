import type { MessageFacts, MessageSegment, MessageTie, SpanId, Trace, TraceId } from '@waybill/model'

/** The other end of a link, from another trace or this one. */
export interface LinkedSpan {
  readonly traceId: TraceId
  readonly spanId: SpanId
  readonly service: string
  readonly name: string
  readonly startUnixNano: string
  readonly durationNano: number
}

export interface TraceResponse {
  readonly trace: Trace
  /** Messages of this trace, also those whose other end is in another trace. */
  readonly messages: readonly MessageSegment[]
  /** Ends of the links in this trace's spans, and of its messages that are tied without a link, where they are stored. */
  readonly linksTo: readonly LinkedSpan[]
  /** Spans, mostly of other traces, whose links point at a span of this one. */
  readonly linksFrom: readonly (LinkedSpan & { readonly to: SpanId })[]
}

/** A trace that is kept for ever. */
export interface PinnedTrace {
  readonly traceId: TraceId
  readonly pinnedUnixMs: number
  readonly startUnixNano: string
  readonly durationNano: number
  /** Service and name of the root, or of the earliest span where the root is missing. */
  readonly rootService: string
  readonly rootName: string
  readonly spanCount: number
  readonly errorCount: number
}

export interface PinsResponse {
  /** The last pinned first. */
  readonly pins: readonly PinnedTrace[]
}

/** One stop of a message on its way. */
export interface JourneyStop {
  readonly operation: MessageFacts['operation']
  readonly facts: MessageFacts
  readonly span: LinkedSpan
  readonly error: boolean
  readonly errorMessage: string
  /** How this stop was found from the one before; absent on the first. */
  readonly tie?: MessageTie
  /** Time in the destination before this stop. */
  readonly waitedNano?: number
}

export interface JourneyResponse {
  readonly system: string
  readonly destination: string
  readonly stops: readonly JourneyStop[]
}
