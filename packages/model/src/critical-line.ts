import type { Causes } from './causes.ts'

/** A piece of the critical line: a span at work itself, or a message waiting. Nanoseconds from the start. */
export interface LinePart {
  readonly kind: 'work' | 'wait'
  /** Place of the span, or of the segment. */
  readonly index: number
  readonly startNano: number
  readonly endNano: number
}

/** What the times of a segment are, in nanoseconds from the start of the trace. */
export interface SegmentTimes {
  readonly sentNano: (segment: number) => number
  readonly receivedNano: (segment: number) => number
}

/** A span without a cause, and the time in which its tree draws the line. */
interface Window {
  readonly root: number
  readonly from: number
  readonly to: number
}

interface Frame {
  readonly span: number
  readonly from: number
  /** What the span caused and was not looked at yet, by the end of all that came of it; last to end, last. */
  readonly children: number[]
  /** The line is drawn down to here, backwards. */
  at: number
}

/**
 * Children that overlap by no more ran one after the other: many clocks tell time no finer, and a span's end
 * is read after its successor's start.
 */
const overlapNano = 1_000_000

/**
 * What the end of a trace waited for, at every moment: the critical path, through queues. It is drawn
 * backwards from the last end: the child that ended last is what its parent waited for; before it started,
 * the one that ended last before that; in between the parent was at work itself. Of children that ran in
 * parallel only the last counts. Where nothing is known to have happened, the line has a gap.
 *
 * A trace whose spans do not hang together has several trees. The longest draws the line while it lasts, the
 * others where it leaves them time.
 *
 * @returns parts in the order of time, none overlapping another.
 */
export function criticalLine(causes: Causes, times: SegmentTimes): readonly LinePart[] {
  const reach = reachOf(causes)
  return windowsOf(causes, reach).flatMap(window => lineOfTree(window, causes, reach, times))
}

/** The line of one tree, within its window. */
function lineOfTree(
  window: Window,
  { start, end, via, childrenOf }: Causes,
  reach: Float64Array,
  { sentNano, receivedNano }: SegmentTimes,
): readonly LinePart[] {
  const open = (span: number, from: number, at: number): Frame => ({
    span,
    from,
    at,
    children: Array.from(childrenOf(span)).sort((a, b) => (reach[a] as number) - (reach[b] as number)),
  })
  const parts: LinePart[] = []
  const add = (kind: LinePart['kind'], index: number, startNano: number, endNano: number) => {
    if (endNano > startNano) parts.push({ kind, index, startNano, endNano })
  }
  const work = ({ span, from, at }: Frame, downTo: number) =>
    add('work', span, Math.max(from, downTo, start[span] as number), Math.min(at, end[span] as number))
  const stack: Frame[] = [open(window.root, window.from, window.to)]
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.children.pop()
    if (child !== undefined) {
      const reached = reach[child] as number
      const upTo = Math.min(reached, frame.at)
      if (reached - upTo > overlapNano || upTo <= frame.from || (start[child] as number) >= upTo) continue
      work(frame, upTo)
      frame.at = upTo
      stack.push(open(child, Math.max(frame.from, start[child] as number), upTo))
      continue
    }
    work(frame, frame.from)
    stack.pop()
    const above = stack.at(-1)
    if (above === undefined) break
    above.at = frame.from
    const segment = via[frame.span] as number
    if (segment === -1) continue
    const sent = Math.min(Math.max(sentNano(segment), above.from), frame.from)
    add('wait', segment, sent, Math.min(receivedNano(segment), frame.from))
    above.at = sent
  }
  return parts.reverse()
}

/** For each span the end of the last thing that came of it. */
function reachOf(causes: Causes): Float64Array {
  const reach = causes.end.slice()
  const order: number[] = []
  const stack = [...causes.childrenOf(-1)]
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    order.push(span)
    for (const child of causes.childrenOf(span)) stack.push(child)
  }
  for (const span of order.reverse()) {
    const cause = causes.cause[span] as number
    if (cause !== -1) reach[cause] = Math.max(reach[cause] as number, reach[span] as number)
  }
  return reach
}

/** Divides the time between the trees, the longest first; of what is left to a tree, the earliest stretch. */
function windowsOf({ start, childrenOf }: Causes, reach: Float64Array): readonly Window[] {
  const extent = (root: number) => (reach[root] as number) - (start[root] as number)
  const longestFirst = Array.from(childrenOf(-1)).sort((a, b) => extent(b) - extent(a))
  const windows: Window[] = []
  for (const root of longestFirst) {
    let at = firstEndingAfter(windows, start[root] as number)
    let from = start[root] as number
    for (let next = windows[at]; next !== undefined && next.from <= from; next = windows[++at]) from = next.to
    const to = Math.min(reach[root] as number, windows[at]?.from ?? Number.POSITIVE_INFINITY)
    if (from < to) windows.splice(at, 0, { root, from, to })
  }
  return windows
}

/** Place of the first window, of windows in the order of time, that ends after `time`. */
function firstEndingAfter(windows: readonly Window[], time: number): number {
  let [low, high] = [0, windows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((windows[middle] as Window).to > time) high = middle
    else low = middle + 1
  }
  return low
}
