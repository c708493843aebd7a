import type { Causes } from './causes.ts'
import { causesOf } from './causes.ts'
import type { SpanId } from './ids.ts'
import type { CausalSpan } from './light-span.ts'
import type { MessageSegment } from './messaging.ts'

/** What a tree is made of. `flags` (OTLP) tell whether a parent was in the same process. */
export type TreeSpan = CausalSpan & { readonly flags?: number }

/** Where a row stands. The rows below it are `rows.slice(index + 1, end)`. */
interface Place {
  readonly depth: number
  /** Index of the row it hangs under, -1 at the top. */
  readonly parent: number
  /** Index after the last row below this one: with the row collapsed, the next to show. */
  readonly end: number
  /** Nanoseconds from the start of the trace; negative for what came before it, in another trace. */
  readonly startNano: number
  readonly endNano: number
  /** Failed spans below this row. */
  readonly descendantErrors: number
}

export interface SpanRow<S> extends Place {
  readonly kind: 'span'
  readonly span: S
  /** Place of the span in the trace's list. */
  readonly spanIndex: number
  /** The span's causes lead back to itself; it is shown as if it had none. */
  readonly cycle: boolean
}

/** A message on its way: the time between its send and its receive. */
export interface MessageRow extends Place {
  readonly kind: 'message'
  readonly segment: MessageSegment
  /** Further messages of the same batch, whose producers are elsewhere. */
  readonly others: readonly MessageSegment[]
}

/**
 * `remote`: the parent was in another process, which has sent nothing of it. `local`: in the same process,
 * so it has not ended, was not sampled or was lost on the way out.
 */
export type MissingReason = 'remote' | 'local' | 'unknown'

/** A span that others name as their parent and that is not stored. */
export interface MissingRow extends Place {
  readonly kind: 'missing'
  readonly spanId: SpanId
  readonly why: MissingReason
}

export type TraceRow<S> = SpanRow<S> | MessageRow | MissingRow

export interface TraceTree<S> {
  readonly rows: readonly TraceRow<S>[]
  /** Earliest start of a span; rows count from here. */
  readonly startUnixNano: string
  /** From the first start to the last end of a span. */
  readonly durationNano: number
  /** Row of each span of the trace, by the span's place in the trace's list. */
  readonly rowOfSpan: Int32Array
}

/** A row before the rows below it are known. */
interface Draft {
  readonly entry: Entry
  readonly depth: number
  readonly parent: number
}
type Entry =
  | { readonly kind: 'span'; readonly index: number; readonly at: number }
  | {
      readonly kind: 'message'
      readonly segments: readonly number[]
      readonly to: number
      readonly at: number
    }
  | {
      readonly kind: 'missing'
      readonly spanId: SpanId
      readonly orphans: readonly number[]
      readonly at: number
    }

/**
 * The rows of a trace in the order they are drawn: a tree by cause and effect. A message is a row of its own
 * between the span that sent it and the span that received it. Spans whose parent is not stored hang under a
 * row of kind `missing`. Every span has exactly one row, whatever its ids say; siblings stand in the order
 * they started.
 *
 * @param segments the messages of the trace, from `messageSegments`.
 */
export function traceTree<S extends TreeSpan>(
  trace: { readonly spans: readonly S[] },
  segments: readonly MessageSegment[] = [],
): TraceTree<S> {
  const { spans } = trace
  const causes = causesOf(spans, segments)
  const drafts: Draft[] = []
  const rowOfSpan = new Int32Array(spans.length).fill(-1)
  // An explicit stack: a trace may be one chain of 50,000 spans.
  const stack: { readonly entry: Entry; readonly parent: number }[] = []
  const push = (entries: readonly Entry[], parent: number) => {
    for (let i = entries.length - 1; i >= 0; i--) stack.push({ entry: entries[i] as Entry, parent })
  }
  push(rootEntries(spans, segments, causes), -1)
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { entry, parent } = item
    const index = drafts.length
    drafts.push({ entry, parent, depth: (drafts[parent]?.depth ?? -1) + 1 })
    if (entry.kind === 'span') {
      rowOfSpan[entry.index] = index
      push(childEntries(entry.index, segments, causes), index)
    } else if (entry.kind === 'missing') {
      push(sortEntries(entry.orphans.map(orphan => arrival(orphan, segments, causes))), index)
    } else if (entry.to !== -1) {
      push([{ kind: 'span', index: entry.to, at: entry.at }], index)
    }
  }
  const { ends, errors } = bubbleUp(drafts, spans)
  const rows = drafts.map(({ entry, depth, parent }, index) => {
    const place = { depth, parent, end: ends[index] as number, descendantErrors: errors[index] as number }
    return rowOf(entry, place, spans, segments, causes)
  })
  const durationNano = causes.end.reduce((latest, end) => Math.max(latest, end), 0)
  return { rows, startUnixNano: causes.startUnixNano, durationNano, rowOfSpan }
}

/** Why a parent is missing, as one sentence for the row's label. */
export function describeMissing(why: MissingReason): string {
  if (why === 'remote') return 'parent not stored: the process that called or sent has reported no such span'
  if (why === 'local') return 'parent not stored: not ended yet, not sampled, or lost before it was exported'
  return 'parent not stored'
}

function rootEntries(
  spans: readonly TreeSpan[],
  segments: readonly MessageSegment[],
  causes: Causes,
): readonly Entry[] {
  const entries: Entry[] = []
  const byParent = new Map<SpanId, number[]>()
  for (const root of causes.childrenOf(-1)) {
    const parentId = spans[root]?.parentSpanId
    if (parentId && causes.orphans.has(root)) {
      const orphans = byParent.get(parentId)
      if (orphans === undefined) byParent.set(parentId, [root])
      else orphans.push(root)
    } else entries.push(arrival(root, segments, causes))
  }
  for (const [spanId, orphans] of byParent)
    entries.push({ kind: 'missing', spanId, orphans, at: causes.start[orphans[0] as number] as number })
  return sortEntries(entries)
}

function childEntries(span: number, segments: readonly MessageSegment[], causes: Causes): readonly Entry[] {
  const entries: Entry[] = []
  for (const child of causes.childrenOf(span)) entries.push(arrival(child, segments, causes))
  for (const segment of causes.outgoing.get(span) ?? [])
    entries.push({ kind: 'message', segments: [segment], to: -1, at: times(segments, segment, causes)[0] })
  return sortEntries(entries)
}

/** A span as its cause's child: alone, or behind the message that it received. */
function arrival(span: number, segments: readonly MessageSegment[], causes: Causes): Entry {
  const via = causes.via[span] as number
  const start = causes.start[span] as number
  const foreign = causes.incoming.get(span) ?? []
  const messages = via === -1 ? foreign : [via, ...foreign]
  if (messages.length === 0) return { kind: 'span', index: span, at: start }
  const at = via === -1 ? start : times(segments, via, causes)[0]
  return { kind: 'message', segments: messages, to: span, at }
}

function sortEntries(entries: readonly Entry[]): readonly Entry[] {
  return entries.length < 2 ? entries : [...entries].sort((a, b) => a.at - b.at)
}

function rowOf<S extends TreeSpan>(
  entry: Entry,
  place: Omit<Place, 'startNano' | 'endNano'>,
  spans: readonly S[],
  segments: readonly MessageSegment[],
  causes: Causes,
): TraceRow<S> {
  if (entry.kind === 'span') {
    const { index } = entry
    const startNano = causes.start[index] as number
    const endNano = causes.end[index] as number
    const cycle = causes.cut.has(index)
    return { ...place, kind: 'span', span: spans[index] as S, spanIndex: index, cycle, startNano, endNano }
  }
  if (entry.kind === 'missing') {
    const { spanId, orphans } = entry
    const endNano = orphans.reduce((latest, i) => Math.max(latest, causes.end[i] as number), entry.at)
    const why = missingReason(orphans.map(i => spans[i] as S))
    return { ...place, kind: 'missing', spanId, why, startNano: entry.at, endNano }
  }
  const all = entry.segments.map(index => segments[index] as MessageSegment)
  const [startNano, endNano] = times(segments, entry.segments[0] as number, causes)
  return {
    ...place,
    kind: 'message',
    segment: all[0] as MessageSegment,
    others: all.slice(1),
    startNano,
    endNano,
  }
}

function times(segments: readonly MessageSegment[], index: number, causes: Causes): [number, number] {
  const segment = segments[index] as MessageSegment
  const sent = Number(BigInt(segment.sentUnixNano) - BigInt(causes.startUnixNano))
  return [sent, sent + segment.waitedNano]
}

/** Bits 8 and 9 of OTLP's span flags say whether the parent is remote (trace.proto, SpanFlags). */
function missingReason(orphans: readonly TreeSpan[]): MissingReason {
  for (const { flags = 0 } of orphans) if (flags & 0x100) return flags & 0x200 ? 'remote' : 'local'
  if (orphans.some(span => span.kind === 'server' || span.kind === 'consumer')) return 'remote'
  return 'unknown'
}

/** From the last row to the first, each row hands its end and its errors to the row it hangs under. */
function bubbleUp(
  drafts: readonly Draft[],
  spans: readonly TreeSpan[],
): { readonly ends: Int32Array; readonly errors: Int32Array } {
  const ends = Int32Array.from(drafts, (_, index) => index + 1)
  const errors = new Int32Array(drafts.length)
  for (let i = drafts.length - 1; i >= 0; i--) {
    const { entry, parent } = drafts[i] as Draft
    if (parent === -1) continue
    const failed = entry.kind === 'span' && spans[entry.index]?.status.code === 'error' ? 1 : 0
    ends[parent] = Math.max(ends[parent] as number, ends[i] as number)
    errors[parent] = (errors[parent] as number) + (errors[i] as number) + failed
  }
  return { ends, errors }
}
