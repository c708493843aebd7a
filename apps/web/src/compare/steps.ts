import type { Span, TraceRow } from '@waybill/model'
import { coveredNano, uncoveredNano } from './covered.ts'

type Row = TraceRow<Span>

/** What one trace has of a step: all its rows with the same name at the same place of cause. */
export interface StepSide {
  readonly count: number
  readonly failed: number
  /** Time in which at least one of them ran, or waited. */
  readonly busyNano: number
  /** Of that, the time in which no span ran that they called. */
  readonly ownNano: number
  /** One of the rows, by its place in the trace's tree: a failed one before others, then the longest. */
  readonly example: number
}

/** A step of two traces: its rows stand below the same services and names in both, or in one alone. */
export interface Step {
  readonly kind: Row['kind']
  /** Who did it; for a message, who received it, or the group where that is not known. */
  readonly service: string
  /** The span's name, or the destination that the message waited in. */
  readonly name: string
  readonly depth: number
  /** Index of the step it hangs under, -1 at the top. */
  readonly parent: number
  /** Index after the last step below this one. */
  readonly end: number
  readonly a: StepSide | undefined
  readonly b: StepSide | undefined
}

interface Draft {
  readonly kind: Row['kind']
  readonly service: string
  readonly name: string
  /** Where it stands among its siblings; those of one rank in the order they were found. */
  readonly rank: number
  readonly children: number[]
  readonly rows: { readonly a: number[]; readonly b: number[] }
}

type SideName = 'a' | 'b'

/**
 * Lays two traces over each other. Rows are matched by their way of cause: the services and names of all that
 * they hang under, from the root on, messages by their destination and who received them. What one place has
 * several times, such as a loop's calls, is one step with a count.
 *
 * @param a rows of `traceTree`, as `b`.
 * @returns steps in the order of the tree; what only `b` has stands behind what it came after there.
 */
export function matchSteps(a: readonly Row[], b: readonly Row[]): readonly Step[] {
  const drafts: Draft[] = [draftOf('span', '', '', 0)]
  const places = new Map<string, number>()
  place(a, 'a', drafts, places)
  place(b, 'b', drafts, places)
  return inOrder(drafts, side => (side === 'a' ? a : b))
}

function draftOf(kind: Row['kind'], service: string, name: string, rank: number): Draft {
  return { kind, service, name, rank, children: [], rows: { a: [], b: [] } }
}

/** Hangs a trace's rows under the drafts, the first of which is the root of all. */
function place(rows: readonly Row[], side: SideName, drafts: Draft[], places: Map<string, number>): void {
  const draftOfRow = new Int32Array(rows.length)
  /** By parent row, how far its children have come: what B alone has stands behind that. */
  const reached = new Float64Array(rows.length + 1).fill(-1)
  for (const [index, row] of rows.entries()) {
    const parent = row.parent === -1 ? 0 : (draftOfRow[row.parent] as number)
    const siblings = (drafts[parent] as Draft).children
    const service = serviceOf(row, rows[index + 1], index)
    const name = nameOf(row)
    const key = `${parent} ${row.kind} ${service}\u0000${name}`
    const rank = reached[row.parent + 1] as number
    let found = places.get(key)
    if (found === undefined) {
      found = drafts.push(draftOf(row.kind, service, name, side === 'a' ? siblings.length : rank)) - 1
      places.set(key, found)
      siblings.push(found)
    }
    const draft = drafts[found] as Draft
    reached[row.parent + 1] = Math.max(rank, draft.rank)
    draftOfRow[index] = found
    draft.rows[side].push(index)
  }
}

function serviceOf(row: Row, next: Row | undefined, index: number): string {
  if (row.kind === 'span') return row.span.service
  if (row.kind === 'missing') return ''
  return next?.kind === 'span' && next.parent === index
    ? next.span.service
    : (row.segment.facts.consumerGroup ?? '')
}

function nameOf(row: Row): string {
  if (row.kind === 'span') return row.span.name
  if (row.kind === 'missing') return ''
  const { destination, system } = row.segment.facts
  return destination || system
}

function inOrder(drafts: readonly Draft[], rowsOf: (side: SideName) => readonly Row[]): readonly Step[] {
  const order: { readonly draft: number; readonly parent: number; readonly depth: number }[] = []
  const stack: { readonly draft: number; readonly parent: number; readonly depth: number }[] = []
  const pushChildren = (draft: number, parent: number, depth: number) => {
    const { children } = drafts[draft] as Draft
    const ranked = children.toSorted((x, y) => (drafts[x] as Draft).rank - (drafts[y] as Draft).rank)
    for (const child of ranked.reverse()) stack.push({ draft: child, parent, depth })
  }
  pushChildren(0, -1, 0)
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const index = order.push(item) - 1
    pushChildren(item.draft, index, item.depth + 1)
  }
  const ends = Int32Array.from(order, (_, index) => index + 1)
  for (let i = order.length - 1; i >= 0; i--) {
    const parent = order[i]?.parent as number
    if (parent !== -1) ends[parent] = Math.max(ends[parent] as number, ends[i] as number)
  }
  return order.map(({ draft, parent, depth }, index) => {
    const { kind, service, name } = drafts[draft] as Draft
    const side = (which: SideName) => sideOf(drafts, draft, which, rowsOf(which))
    return { kind, service, name, depth, parent, end: ends[index] as number, a: side('a'), b: side('b') }
  })
}

function sideOf(
  drafts: readonly Draft[],
  place: number,
  side: SideName,
  rows: readonly Row[],
): StepSide | undefined {
  const draft = drafts[place] as Draft
  const own = draft.rows[side].map(index => rows[index] as Row)
  if (own.length === 0) return undefined
  const called: Row[] = []
  for (const child of draft.children) {
    const { kind, rows: placed } = drafts[child] as Draft
    if (kind === 'span') for (const index of placed[side]) called.push(rows[index] as Row)
  }
  return {
    count: own.length,
    failed: own.filter(isFailed).length,
    busyNano: coveredNano(own),
    ownNano: draft.kind === 'missing' ? 0 : uncoveredNano(own, called),
    example: exampleOf(draft.rows[side], rows),
  }
}

function exampleOf(indexes: readonly number[], rows: readonly Row[]): number {
  const rank = (index: number) => {
    const row = rows[index] as Row
    return [isFailed(row) ? 1 : 0, row.endNano - row.startNano] as const
  }
  return indexes.reduce((best, index) => {
    const [failed, nano] = rank(index)
    const [bestFailed, bestNano] = rank(best)
    return failed > bestFailed || (failed === bestFailed && nano > bestNano) ? index : best
  })
}

function isFailed(row: Row): boolean {
  return row.kind === 'span' && row.span.status.code === 'error'
}
