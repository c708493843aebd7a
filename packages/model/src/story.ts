import type { AnyValue } from './attributes.ts'
import type { SpanId, TraceId } from './ids.ts'
import type { Span, SpanKind, SpanLink, Trace } from './span.ts'

/** A span in a few words, for tests: times in milliseconds, attributes as plain values. */
export interface StorySpan {
  readonly id: number
  readonly parent?: number
  readonly name?: string
  readonly service?: string
  readonly kind?: SpanKind
  /** Start and end, milliseconds from the start of the story. */
  readonly at: readonly [number, number]
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
  readonly links?: readonly StoryLink[]
  readonly error?: boolean
  readonly flags?: number
}

interface StoryLink {
  readonly id: number
  /** Number of the trace that holds the span; that of the linking span if absent. */
  readonly trace?: number
  readonly attributes?: StorySpan['attributes']
}

/** Start of every story: 2023-11-14T22:13:20Z. */
export const storyStartNano = 1_700_000_000_000_000_000n

/** A trace for tests out of {@link StorySpan}s, in the order given. */
export function tellTrace(trace: number, spans: readonly StorySpan[]): Trace {
  return {
    traceId: storyTraceId(trace),
    resources: [{ attributes: [], droppedAttributesCount: 0, schemaUrl: '' }],
    scopes: [{ name: '', version: '', attributes: [], droppedAttributesCount: 0, schemaUrl: '' }],
    spans: spans.map(span => tellSpan(trace, span)),
  }
}

export function storyTraceId(trace: number): TraceId {
  return trace.toString(16).padStart(32, '0') as TraceId
}

export function storySpanId(span: number): SpanId {
  return span.toString(16).padStart(16, '0') as SpanId
}

function tellSpan(trace: number, story: StorySpan): Span {
  return {
    traceId: storyTraceId(trace),
    spanId: storySpanId(story.id),
    parentSpanId: story.parent === undefined ? '' : storySpanId(story.parent),
    traceState: '',
    flags: story.flags ?? 0,
    name: story.name ?? `span ${story.id}`,
    kind: story.kind ?? 'internal',
    startTimeUnixNano: timeAt(story.at[0]),
    endTimeUnixNano: timeAt(story.at[1]),
    attributes: attributesOf(story.attributes),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: (story.links ?? []).map(link => tellLink(trace, link)),
    droppedLinksCount: 0,
    status: { code: story.error ? 'error' : 'unset', message: '' },
    service: story.service ?? 'service',
    resource: 0,
    scope: 0,
  }
}

function tellLink(trace: number, link: StoryLink): SpanLink {
  return {
    traceId: storyTraceId(link.trace ?? trace),
    spanId: storySpanId(link.id),
    traceState: '',
    attributes: attributesOf(link.attributes),
    droppedAttributesCount: 0,
    flags: 0,
  }
}

function timeAt(ms: number): string {
  return String(storyStartNano + BigInt(Math.round(ms * 1e6)))
}

function attributesOf(attributes: StorySpan['attributes']): Span['attributes'] {
  return Object.entries(attributes ?? {}).map(([key, value]) => ({ key, value: anyValueOf(value) }))
}

function anyValueOf(value: string | number | boolean): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
