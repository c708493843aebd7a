import type { Causes } from './causes.ts'

/** A piece of the critical line: a span at work itself, or a message waiting. Nanoseconds from the start. */
export interface LinePart {
  readonly kind: 'work' | 'wait'
  /** Place of the span, or of the segment. */
  readonly index: number
  readonly startNano: number
  readonly endNano: number
}

interface Frame {
  readonly span: number
  readonly from: number
  /** Causes not yet looked at, by the end of all that came of them; the last is at the end of the list. */
  readonly children: number[]
  /** The line is drawn down to here, backwards. */
  at: number
}

/**
 * What the end of a trace waited for, at every moment: the critical path, through queues. It is drawn
 * backwards from the last end: the child that ended last is what its parent waited for; before it started,
 * the one that ended last before that; in between the parent was at work itself. Of children that ran in
 * parallel only the last counts. Where nothing is known to have happened, the line has a gap.
 *
 * @param sentNano and `receivedNano` of each segment, from the start of the trace.
 * @returns parts in the order of time, none overlapping another.
 */
export function criticalLine(
  causes: Causes,
  sentNano: (segment: number) => number,
  receivedNano: (segment: number) => number,
): readonly LinePart[] {
  const { start, end, via, childrenOf } = causes
  const reach = reachOf(causes)
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
  const work = ({ span, from, at }: Frame, downTo: number) => {
    if (span !== -1)
      add('work', span, Math.max(from, downTo, start[span] as number), Math.min(at, end[span] as number))
  }
  let last = 0
  for (const time of end) last = Math.max(last, time)
  const stack: Frame[] = [open(-1, 0, last)]
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.children.pop()
    if (child !== undefined) {
      const reached = reach[child] as number
      if (reached > frame.at || reached <= frame.from) continue
      work(frame, reached)
      frame.at = reached
      stack.push(open(child, Math.max(frame.from, start[child] as number), reached))
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
