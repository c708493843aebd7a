import type { SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api'
import type { AttributeList } from './attribute-list.ts'

/** Who made a span: a library's name and version. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly schemaUrl: string
}

export interface SpanEventData {
  readonly name: string
  /** Since 1970. */
  readonly timeMs: number
  readonly attributes: AttributeList
}

export interface SpanLinkData {
  readonly context: SpanContext
  readonly attributes: AttributeList
}

/** A span that has ended, as the encoder and sinks of one's own read it. */
export interface SpanData {
  readonly name: string
  readonly kind: SpanKind
  readonly parent: SpanContext | undefined
  readonly attributeList: AttributeList
  readonly events: readonly SpanEventData[]
  readonly droppedEvents: number
  readonly links: readonly SpanLinkData[]
  readonly droppedLinks: number
  readonly status: SpanStatus
  /** Since 1970, with fractions. */
  readonly startMs: number
  readonly endMs: number
  spanContext(): SpanContext
}

/** Where spans go when they end. It must not throw. */
export interface SpanSink {
  /** Takes a sampled span that has ended. It does not change any more. */
  add(scope: Scope, span: SpanData): void
  /** Resolves when what was added before is delivered, or given up. Does not reject. */
  forceFlush(): Promise<void>
  /** The same, and takes nothing more. */
  shutdown(): Promise<void>
}
