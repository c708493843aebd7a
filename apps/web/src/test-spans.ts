import type { Span, SpanId, TraceId } from '@waybill/model'

/** What a test says of a span; ids are padded, times count in milliseconds from the start of the trace. */
export interface SpanDraft extends Partial<Omit<Span, 'spanId' | 'parentSpanId'>> {
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startMs?: number
  readonly endMs?: number
}

export const traceId: TraceId = '4bf92f3577b34da6a3ce929d0e0e4736' as TraceId

const startNano = 1_763_715_731_408_000_000n

/** The id that a short text stands for in the spans of tests. */
export function spanId(text: string): SpanId {
  return text.padStart(16, '0') as SpanId
}

/** The time that lies some milliseconds after the start of the trace. */
export function at(ms: number): string {
  return String(startNano + BigInt(Math.round(ms * 1e6)))
}

/** A whole span, from what a test says of it. */
export function span(draft: SpanDraft): Span {
  const { startMs = 0, endMs = startMs + 10, parentSpanId, ...rest } = draft
  return {
    traceId,
    traceState: '',
    flags: 0,
    name: 'span',
    kind: 'internal',
    startTimeUnixNano: at(startMs),
    endTimeUnixNano: at(endMs),
    attributes: [],
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: 'unset', message: '' },
    service: 'shop',
    resource: 0,
    scope: 0,
    ...rest,
    spanId: spanId(draft.spanId),
    parentSpanId: parentSpanId === undefined ? '' : spanId(parentSpanId),
  }
}
