import type { TraceResponse } from '@waybill/api'
import type {
  LightSpan,
  MessageSegment,
  Span,
  TimeShare,
  TraceOutline,
  TraceRow,
  TraceTree,
  UnreceivedMessage,
} from '@waybill/model'
import { lightSpan, lineOf, summarize, timeShares, traceTree, unreceivedMessages } from '@waybill/model'
import { foldableGaps } from '../../timeline/gaps.ts'
import type { Stretch } from '../../timeline/scale.ts'

export type Row = TraceRow<Span>

/** What a trace was as a whole. */
export interface TraceFindings {
  readonly outline: TraceOutline
  readonly shares: readonly TimeShare[]
  /** Messages that were sent in the trace and that nobody is known to have received. */
  readonly unreceived: readonly UnreceivedMessage[]
  /** Parts of the critical path, by row. */
  readonly critical: ReadonlyMap<number, readonly Stretch[]>
}

/** A trace and all that is worked out of it, once: the tabs only draw. */
export interface TraceModel {
  readonly response: TraceResponse
  readonly tree: TraceTree<Span>
  /** Worked out when it is first asked for: rows can be drawn before, and in a large trace they are. */
  readonly findings: () => TraceFindings
  /** From the first moment that a row shows to the last. It begins below 0 where a message waited before. */
  readonly whole: Stretch
  /** Stretches with nothing happening, worth folding. */
  readonly gaps: readonly Stretch[]
  /** Row of each key, as {@link rowKey} gives it. */
  readonly rowOfKey: ReadonlyMap<string, number>
  readonly deepest: number
  readonly spanOfId: ReadonlyMap<string, Span>
  /** Destinations whose messages went to more than one consumer group. */
  readonly fannedOut: ReadonlySet<string>
}

/** What names a row in an address: the span's id, or those of the message's two ends. */
export function rowKey(row: Row): string {
  if (row.kind === 'span') return row.span.spanId
  return row.kind === 'missing' ? row.spanId : messageKey(row.segment)
}

/** What names a message's row. */
export function messageKey(segment: MessageSegment): string {
  return `${segment.producer.spanId}-${segment.consumer.spanId}`
}

/** Works out all that the page draws of a trace. */
export function readTrace(response: TraceResponse): TraceModel {
  const { trace, messages } = response
  const tree = traceTree(trace, messages)
  const whole = wholeOf(tree)
  const busy = tree.rows.filter(row => row.kind === 'span')
  return {
    response,
    tree,
    findings: once(() => findingsOf(response, tree)),
    whole,
    gaps: foldableGaps(whole, busy),
    rowOfKey: keysOf(tree.rows),
    deepest: tree.rows.reduce((depth, row) => Math.max(depth, row.depth), 0),
    spanOfId: new Map(trace.spans.map(span => [span.spanId, span])),
    fannedOut: fannedOut(messages),
  }
}

function findingsOf({ trace, messages }: TraceResponse, tree: TraceTree<Span>): TraceFindings {
  const light: readonly LightSpan[] = trace.spans.map(lightSpan)
  return {
    outline: summarize(light, messages),
    shares: timeShares(trace.spans, messages),
    unreceived: unreceivedMessages(light, messages),
    critical: criticalRows(trace.spans, messages, tree),
  }
}

function once<Result extends object>(make: () => Result): () => Result {
  let made: Result | undefined
  return () => {
    made ??= make()
    return made
  }
}

function wholeOf(tree: TraceTree<Span>): Stretch {
  let startNano = 0
  let endNano = tree.durationNano
  for (const row of tree.rows) {
    startNano = Math.min(startNano, row.startNano, row.endNano)
    endNano = Math.max(endNano, row.endNano)
  }
  return { startNano, endNano }
}

function criticalRows(
  spans: readonly Span[],
  messages: readonly MessageSegment[],
  tree: TraceTree<Span>,
): ReadonlyMap<number, readonly Stretch[]> {
  const rows = new Map<number, Stretch[]>()
  for (const part of lineOf(spans, messages).line) {
    if (part.kind !== 'work') continue
    const row = tree.rowOfSpan[part.index]
    if (row === undefined) continue
    const parts = rows.get(row)
    if (parts === undefined) rows.set(row, [part])
    else parts.push(part)
  }
  return rows
}

function fannedOut(messages: readonly MessageSegment[]): ReadonlySet<string> {
  const groups = new Map<string, string>()
  const several = new Set<string>()
  for (const { destination, consumerGroup } of messages.map(message => message.facts)) {
    if (consumerGroup === undefined) continue
    const first = groups.get(destination)
    if (first === undefined) groups.set(destination, consumerGroup)
    else if (first !== consumerGroup) several.add(destination)
  }
  return several
}

/** Ids may come twice in a broken trace; the first row has the name then. */
function keysOf(rows: readonly Row[]): ReadonlyMap<string, number> {
  const keys = new Map<string, number>()
  for (const [index, row] of rows.entries()) {
    const key = rowKey(row)
    if (!keys.has(key)) keys.set(key, index)
  }
  return keys
}
