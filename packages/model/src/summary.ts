import { causesOf } from './causes.ts'
import type { LinePart } from './critical-line.ts'
import { criticalLine } from './critical-line.ts'
import type { CausalSpan, LightSpan } from './light-span.ts'
import { unreceivedMessages } from './messages.ts'
import type { MessageSegment } from './messaging.ts'
import { compareTimes, elapsedNano } from './time.ts'

/** What one trace was, in a line of a list. */
export interface TraceOutline {
  readonly startUnixNano: string
  readonly durationNano: number
  readonly rootService: string
  readonly rootName: string
  /** No span without a parent: the root stands for the earliest span. */
  readonly rootMissing: boolean
  readonly spanCount: number
  readonly errorCount: number
  /** In the order of their first spans. */
  readonly services: readonly {
    readonly name: string
    readonly spanCount: number
    readonly errorCount: number
  }[]
  /** Messages that were received, once for each group, and messages that nobody received. */
  readonly messageCount: number
  /** Time that the trace spent with nothing happening but a message waiting: never more than its duration,
   * except for what waited before it began, in another trace. */
  readonly waitedNano: number
  readonly path: readonly { readonly kind: 'service' | 'destination'; readonly name: string }[]
  readonly shape: readonly OutlinePart[]
}

/** A service at work or a message waiting. Nanoseconds from the start of the trace. */
export interface OutlinePart {
  readonly kind: 'service' | 'wait'
  readonly name: string
  readonly startNano: number
  readonly endNano: number
  readonly error: boolean
}

export type TimeShareKind = 'processing' | 'waiting' | 'sending' | 'calling' | 'unknown'

/** How much of a trace's duration went where. */
export interface TimeShare {
  readonly kind: TimeShareKind
  readonly nano: number
}

/** Parts below this share of the whole cannot be seen; their neighbour takes their place. */
const smallestPart = 1 / 400

/**
 * Sums a trace up: who took part, which way it went, where it waited. Shape and path follow the critical
 * line, so that they show what the trace's end waited for.
 *
 * @param spans the spans of one trace, at least one.
 */
export function summarize(spans: readonly LightSpan[], segments: readonly MessageSegment[]): TraceOutline {
  const { line, startUnixNano, durationNano } = lineOf(spans, segments)
  const unreceived = unreceivedMessages(spans, segments)
  const unreceivedBy = new Map(unreceived.map(({ producer, facts }) => [producer.spanId, facts.destination]))
  const root = rootOf(spans)
  const foreign = segments.filter(segment => segment.producer.traceId !== spans[0]?.traceId)
  const waitedBefore = foreign.reduce((longest, segment) => Math.max(longest, segment.waitedNano), 0)
  const waits = line.filter(part => part.kind === 'wait')
  return {
    startUnixNano,
    durationNano,
    rootService: root?.service ?? '',
    rootName: root?.name ?? '',
    rootMissing: root?.parentSpanId !== '',
    spanCount: spans.length,
    errorCount: spans.filter(isError).length,
    services: servicesOf(spans),
    messageCount: segments.length + unreceived.length,
    waitedNano: waitedBefore + waits.reduce((sum, part) => sum + part.endNano - part.startNano, 0),
    path: pathOf(root?.service, line, spans, segments, unreceivedBy),
    shape: shapeOf(line, spans, segments, durationNano),
  }
}

/**
 * Where the time of a trace went, along the critical line: services at work, messages waiting, sends
 * awaiting their broker, calls to others, and what no span accounts for. The shares add up to the duration;
 * kinds without any time are left out.
 */
export function timeShares(
  spans: readonly CausalSpan[],
  segments: readonly MessageSegment[],
): readonly TimeShare[] {
  const { line, durationNano } = lineOf(spans, segments)
  const total: Record<TimeShareKind, number> = {
    processing: 0,
    waiting: 0,
    sending: 0,
    calling: 0,
    unknown: 0,
  }
  let known = 0
  for (const part of line) {
    const nano = part.endNano - part.startNano
    known += nano
    total[part.kind === 'wait' ? 'waiting' : workKind(spans[part.index])] += nano
  }
  total.unknown = durationNano - known
  return Object.entries(total)
    .filter(([, nano]) => nano > 0)
    .map(([kind, nano]) => ({ kind: kind as TimeShareKind, nano }))
}

/** The critical line of a trace: its parts name spans and segments by their places in the lists given. */
export function lineOf(
  spans: readonly CausalSpan[],
  segments: readonly MessageSegment[],
): { readonly line: readonly LinePart[]; readonly startUnixNano: string; readonly durationNano: number } {
  const causes = causesOf(spans, segments)
  const { startUnixNano } = causes
  const offset = (time: string | undefined) => (time === undefined ? 0 : elapsedNano(startUnixNano, time))
  const line = criticalLine(causes, {
    sentNano: index => offset(segments[index]?.sentUnixNano),
    receivedNano: index => offset(segments[index]?.receivedUnixNano),
  })
  const durationNano = causes.end.reduce((latest, end) => Math.max(latest, end), 0)
  return { line, startUnixNano, durationNano }
}

function workKind(span: CausalSpan | undefined): TimeShareKind {
  if (span?.kind === 'producer') return 'sending'
  return span?.kind === 'client' ? 'calling' : 'processing'
}

/** Of several spans without a parent, the earliest; without any, the earliest of all. */
function rootOf(spans: readonly LightSpan[]): LightSpan | undefined {
  let best: LightSpan | undefined
  for (const span of spans) {
    if (best === undefined) best = span
    else if ((span.parentSpanId === '') !== (best.parentSpanId === '')) {
      if (span.parentSpanId === '') best = span
    } else if (compareTimes(span.startTimeUnixNano, best.startTimeUnixNano) < 0) best = span
  }
  return best
}

function servicesOf(spans: readonly LightSpan[]): TraceOutline['services'] {
  const byName = new Map<string, { name: string; spanCount: number; errorCount: number; first: string }>()
  for (const span of spans) {
    const first = span.startTimeUnixNano
    let service = byName.get(span.service)
    if (service === undefined) {
      service = { name: span.service, spanCount: 0, errorCount: 0, first }
      byName.set(span.service, service)
    }
    service.spanCount++
    if (isError(span)) service.errorCount++
    if (compareTimes(first, service.first) < 0) service.first = first
  }
  return [...byName.values()]
    .sort((a, b) => compareTimes(a.first, b.first))
    .map(({ name, spanCount, errorCount }) => ({ name, spanCount, errorCount }))
}

/** Services and destinations along the line, each at its first turn; a message nobody received ends it. */
function pathOf(
  rootService: string | undefined,
  line: readonly LinePart[],
  spans: readonly LightSpan[],
  segments: readonly MessageSegment[],
  unreceivedBy: ReadonlyMap<string, string>,
): TraceOutline['path'] {
  const path = new Map<string, TraceOutline['path'][number]>()
  const visit = (kind: 'service' | 'destination', name: string | undefined) => {
    if (name && !path.has(`${kind} ${name}`)) path.set(`${kind} ${name}`, { kind, name })
  }
  // A message that did not wait is no part of the line, and was on the way all the same.
  const inside = segments.filter(({ producer, consumer }) => producer.traceId === consumer.traceId)
  const cameFrom = new Map(inside.map(({ consumer, facts }) => [consumer.spanId, facts.destination]))
  visit('service', rootService)
  for (const part of line) {
    if (part.kind === 'wait') visit('destination', segments[part.index]?.facts.destination)
    else {
      const span = spans[part.index]
      visit('destination', span && cameFrom.get(span.spanId))
      visit('service', span?.service)
      visit('destination', span && unreceivedBy.get(span.spanId))
    }
  }
  return [...path.values()]
}

function shapeOf(
  line: readonly LinePart[],
  spans: readonly LightSpan[],
  segments: readonly MessageSegment[],
  durationNano: number,
): readonly OutlinePart[] {
  const shape: OutlinePart[] = []
  for (const part of line) {
    const { startNano, endNano } = part
    const span = spans[part.index]
    const next: OutlinePart =
      part.kind === 'wait'
        ? {
            kind: 'wait',
            name: segments[part.index]?.facts.destination ?? '',
            startNano,
            endNano,
            error: false,
          }
        : { kind: 'service', name: span?.service ?? '', startNano, endNano, error: isError(span) }
    const last = shape.at(-1)
    const touches = last !== undefined && last.endNano === startNano
    const alike = last?.kind === next.kind && last.name === next.name
    if (touches && (alike || endNano - startNano < durationNano * smallestPart))
      shape[shape.length - 1] = { ...last, endNano, error: last.error || next.error }
    else shape.push(next)
  }
  return shape
}

function isError(span: CausalSpan | undefined): boolean {
  return span?.status.code === 'error'
}
