import type { CausalSpan } from './light-span.ts'
import type { MessageSegment } from './messaging.ts'
import { causeByIds } from './shared-calls.ts'
import { compareTimes, elapsedNano } from './time.ts'

/**
 * Which span of a trace caused which, by their places in the list of spans. Every span has one cause at
 * most, and following causes always ends: a forest. Times are nanoseconds from `startUnixNano`.
 *
 *     spans     0 POST /orders   1 send orders   2 process orders   3 validate
 *     cause    -1                0               1                  0
 *     via      -1               -1               0 (segment 0)     -1
 */
export interface Causes {
  /** Earliest start of any span. */
  readonly startUnixNano: string
  readonly start: Float64Array
  readonly end: Float64Array
  /** The span that caused each span; -1 where there is none in the trace. */
  readonly cause: Int32Array
  /** The segment through which the cause reached the span; -1 where it is the parent. */
  readonly via: Int32Array
  /** Children of each span, and of none (`childrenOf(-1)`), in the order they started. */
  readonly childrenOf: (span: number) => Int32Array
  /** Segments that end at a span and came from another trace, or from a second producer. */
  readonly incoming: ReadonlyMap<number, readonly number[]>
  /** Segments that leave a span and do not lead to one of its children. */
  readonly outgoing: ReadonlyMap<number, readonly number[]>
  /** Spans whose parent is not in the trace. */
  readonly orphans: ReadonlySet<number>
  /** Spans whose cause was cut since it led back to themselves. */
  readonly cut: ReadonlySet<number>
}

/**
 * Finds each span's cause: the producer of the message that it received, else its parent, else the client's half of
 * a call where the server's has the same id. Survives other duplicate ids (children hang under the first), spans that
 * are their own parents, and cycles (cut at the earliest).
 */
export function causesOf(spans: readonly CausalSpan[], segments: readonly MessageSegment[]): Causes {
  const { startUnixNano, start, end } = timesOf(spans)
  const places = new Map<string, number>()
  for (let i = 0; i < spans.length; i++) {
    const id = spans[i]?.spanId as string
    if (!places.has(id)) places.set(id, i)
  }
  const cause = new Int32Array(spans.length).fill(-1)
  const via = new Int32Array(spans.length).fill(-1)
  const orphans = new Set<number>()
  const causeOf = causeByIds(spans, places)
  for (const i of spans.keys()) {
    const parent = causeOf(i)
    if (parent === undefined) orphans.add(i)
    else cause[i] = parent
  }
  const { incoming, outgoing } = placeSegments(spans, segments, places, cause, via)
  for (const i of orphans) if (via[i] !== -1) orphans.delete(i)
  const cut = cutCycles(cause, start)
  for (const i of cut) {
    if (via[i] === -1) continue
    append(incoming, i, via[i] as number)
    via[i] = -1
  }
  return {
    startUnixNano,
    start,
    end,
    cause,
    via,
    incoming,
    outgoing,
    orphans,
    cut,
    childrenOf: families(cause, start),
  }
}

function timesOf(spans: readonly CausalSpan[]): Pick<Causes, 'startUnixNano' | 'start' | 'end'> {
  let startUnixNano = spans[0]?.startTimeUnixNano ?? '0'
  for (const span of spans)
    if (compareTimes(span.startTimeUnixNano, startUnixNano) < 0) startUnixNano = span.startTimeUnixNano
  const start = new Float64Array(spans.length)
  const end = new Float64Array(spans.length)
  for (const [i, span] of spans.entries()) {
    start[i] = elapsedNano(startUnixNano, span.startTimeUnixNano)
    end[i] = Math.max(start[i] as number, elapsedNano(startUnixNano, span.endTimeUnixNano))
  }
  return { startUnixNano, start, end }
}

/** A segment between two spans of the trace becomes the consumer's cause; the strongest tie comes first. */
function placeSegments(
  spans: readonly CausalSpan[],
  segments: readonly MessageSegment[],
  places: ReadonlyMap<string, number>,
  cause: Int32Array,
  via: Int32Array,
): { incoming: Map<number, number[]>; outgoing: Map<number, number[]> } {
  const traceId = spans[0]?.traceId
  const placeOf = (end: MessageSegment['producer']) =>
    end.traceId === traceId ? places.get(end.spanId) : undefined
  const incoming = new Map<number, number[]>()
  const outgoing = new Map<number, number[]>()
  const strongestFirst = [...segments.keys()].sort(
    (a, b) => Number(segments[b]?.tie === 'parent') - Number(segments[a]?.tie === 'parent'),
  )
  for (const index of strongestFirst) {
    const segment = segments[index] as MessageSegment
    const producer = placeOf(segment.producer)
    const consumer = placeOf(segment.consumer)
    if (producer !== undefined && consumer !== undefined && producer !== consumer && via[consumer] === -1) {
      cause[consumer] = producer
      via[consumer] = index
      continue
    }
    if (producer !== undefined) append(outgoing, producer, index)
    else if (consumer !== undefined) append(incoming, consumer, index)
  }
  return { incoming, outgoing }
}

/** Cuts each cycle above its earliest span. Every span is walked over once. */
function cutCycles(cause: Int32Array, start: Float64Array): Set<number> {
  const walkOf = new Int32Array(cause.length).fill(-1)
  const cut = new Set<number>()
  for (let first = 0; first < cause.length; first++) {
    let span = first
    while (span !== -1 && walkOf[span] === -1) {
      walkOf[span] = first
      span = cause[span] as number
    }
    if (span === -1 || walkOf[span] !== first) continue
    let earliest = span
    for (let at = cause[span] as number; at !== span; at = cause[at] as number)
      if ((start[at] as number) < (start[earliest] as number)) earliest = at
    cause[earliest] = -1
    cut.add(earliest)
  }
  return cut
}

/** All families in one array: children of -1 first, then of each span, each family in the order of start. */
function families(cause: Int32Array, start: Float64Array): (span: number) => Int32Array {
  const count = cause.length
  const from = new Int32Array(count + 2)
  for (const parent of cause) from[parent + 2] = (from[parent + 2] as number) + 1
  for (let i = 1; i < from.length; i++) from[i] = (from[i] as number) + (from[i - 1] as number)
  const next = from.slice()
  const children = new Int32Array(count)
  const byStart = Array.from(cause.keys()).sort(
    (a, b) => (start[a] as number) - (start[b] as number) || a - b,
  )
  for (const i of byStart) {
    const family = (cause[i] as number) + 1
    const place = next[family] as number
    children[place] = i
    next[family] = place + 1
  }
  return span => children.subarray(from[span + 1], from[span + 2])
}

function append(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
