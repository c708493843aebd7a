import type { TraceResponse } from '@waybill/api'
import type { Span, TraceOutline, TraceTree } from '@waybill/model'
import { lightSpan, summarize, traceTree } from '@waybill/model'
import type { Difference } from '../../compare/difference.ts'
import { differenceOf, differs } from '../../compare/difference.ts'
import type { Pieces } from '../../compare/pieces.ts'
import type { Step } from '../../compare/steps.ts'
import { matchSteps } from '../../compare/steps.ts'

/** One of the two traces, and what it was as a whole. */
export interface ComparedTrace {
  readonly response: TraceResponse
  readonly tree: TraceTree<Span>
  readonly outline: TraceOutline
}

/** Two traces laid over each other. */
export interface Comparison {
  readonly a: ComparedTrace
  readonly b: ComparedTrace
  readonly steps: readonly Step[]
  /** Of each step, by its place. */
  readonly differences: readonly Difference[]
  /** The longest time of any step; bars are drawn against it. */
  readonly longestNano: number
  /** Duration of the longer trace. */
  readonly scaleNano: number
}

/** Works out what a comparison needs of one trace. */
export function* readCompared(response: TraceResponse): Pieces<ComparedTrace> {
  const { trace, messages } = response
  const tree = traceTree(trace, messages)
  yield
  return { response, tree, outline: summarize(trace.spans.map(lightSpan), messages) }
}

/** Lays one trace over the other. */
export function* compareTraces(a: ComparedTrace, b: ComparedTrace): Pieces<Comparison> {
  const steps = yield* matchSteps(a.tree.rows, b.tree.rows)
  yield
  const scaleNano = Math.max(a.outline.durationNano, b.outline.durationNano)
  const longest = (nano: number, { a, b }: Step) => Math.max(nano, a?.busyNano ?? 0, b?.busyNano ?? 0)
  const differences = steps.map(step => differenceOf(step, scaleNano))
  return { a, b, steps, differences, longestNano: steps.reduce(longest, 0), scaleNano }
}

/** Places of the steps to show, in the order to show them. */
export function shownSteps(
  { steps, differences }: Comparison,
  largestFirst: boolean,
  differingOnly: boolean,
): readonly number[] {
  const own = (index: number) => differs(differences[index] as Difference)
  if (largestFirst) {
    const size = (index: number) => Math.abs(differences[index]?.ownNano ?? 0)
    const all = [...steps.keys()].filter(index => !differingOnly || own(index))
    return all.sort((x, y) => size(y) - size(x) || x - y)
  }
  if (!differingOnly) return [...steps.keys()]
  // What leads to a step that differs stays, or nobody could tell where the step is.
  const kept = new Set<number>()
  for (let index = steps.length - 1; index >= 0; index--) {
    if (!own(index) && !kept.has(index)) continue
    kept.add(index)
    const parent = steps[index]?.parent ?? -1
    if (parent !== -1) kept.add(parent)
  }
  return [...steps.keys()].filter(index => kept.has(index))
}
