import type { Span, TraceRow } from '@waybill/model'
import { coveredNano, uncoveredNano } from './covered.ts'
import type { Pieces } from './pieces.ts'

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

/** A step while the rows that belong to it are looked for. */
interface Draft {
  readonly kind: Row['kind']
  readonly service: string
  readonly name: string
  /** Place of the draft that it hangs under; the first draft is the root of all. */
  readonly parent: number
  /** Where it stands among its siblings; those of one rank in the order they were found. */
  readonly rank: number
  /** How many hang under it. */
  children: number
}

/** Places by the group they belong to: of group `g` those of `order` from `from[g]` to `from[g + 1]`, ascending. */
interface Grouped {
  readonly from: Int32Array
  readonly order: Int32Array
}

/** One of the two traces, and which of its rows belong to which draft. */
interface Placed {
  readonly rows: readonly Row[]
  readonly ofDraft: Grouped
}

/** Finds the draft of a name under another, making it where there is none. */
type FindDraft = (parent: number, row: Row, service: string, rank: number | undefined) => number

/**
 * Lays two traces over each other. Rows are matched by their way of cause: the services and names of all that
 * they hang under, from the root on, messages by their destination and who received them. What one place has
 * several times, such as a loop's calls, is one step with a count.
 *
 * @param a rows of `traceTree`, as `b`.
 * @returns steps in the order of the tree; what only `b` has stands behind what it came after there.
 */
export function* matchSteps(a: readonly Row[], b: readonly Row[]): Pieces<readonly Step[]> {
  const drafts: Draft[] = [{ kind: 'span', service: '', name: '', parent: -1, rank: 0, children: 0 }]
  const findDraft = finder(drafts)
  const draftsOfA = place(a, drafts, findDraft, true)
  yield
  const draftsOfB = place(b, drafts, findDraft, false)
  yield
  return yield* inOrder(
    drafts,
    { rows: a, ofDraft: grouped(draftsOfA, drafts.length) },
    { rows: b, ofDraft: grouped(draftsOfB, drafts.length) },
  )
}

function finder(drafts: Draft[]): FindDraft {
  /** By kind, then by service, then by name: a number for the three. Texts put together for a key would cost more. */
  const labels = new Map<string, Map<string, Map<string, number>>>()
  let labelCount = 0
  const places = new Map<number, number>()
  return (parent, row, service, rank) => {
    const { kind } = row
    const name = nameOf(row)
    const names = entry(entry(labels, kind, newMap), service, newMap)
    const label = entry(names, name, () => labelCount++)
    const key = parent * mostLabels + label
    let found = places.get(key)
    if (found === undefined) {
      const above = drafts[parent] as Draft
      found = drafts.push({ kind, service, name, parent, rank: rank ?? above.children, children: 0 }) - 1
      above.children++
      places.set(key, found)
    }
    return found
  }
}

/** More than any trace has names; together with as many steps still a whole number. */
const mostLabels = 2 ** 26

const stepsAPiece = 10_000

const newMap = () => new Map()

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

/** Finds the draft of each of a trace's rows. The rows of the first trace say in which order steps stand. */
function place(
  rows: readonly Row[],
  drafts: readonly Draft[],
  findDraft: FindDraft,
  isFirst: boolean,
): Int32Array {
  const draftOfRow = new Int32Array(rows.length)
  /** By parent row, how far its children have come: what B alone has stands behind that. */
  const reached = new Float64Array(rows.length + 1).fill(-1)
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row
    const parent = row.parent === -1 ? 0 : (draftOfRow[row.parent] as number)
    const rank = reached[row.parent + 1] as number
    const service = serviceOf(row, rows[index + 1], index)
    const found = findDraft(parent, row, service, isFirst ? undefined : rank)
    reached[row.parent + 1] = Math.max(rank, (drafts[found] as Draft).rank)
    draftOfRow[index] = found
  }
  return draftOfRow
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

/** Puts places together by their groups; a group of -1 is none. */
function grouped(groupOf: Int32Array, groups: number): Grouped {
  const from = new Int32Array(groups + 1)
  for (const group of groupOf) if (group !== -1) from[group + 1] = (from[group + 1] as number) + 1
  for (let group = 0; group < groups; group++)
    from[group + 1] = (from[group + 1] as number) + (from[group] as number)
  const order = new Int32Array(from[groups] as number)
  const next = from.slice()
  for (let index = 0; index < groupOf.length; index++) {
    const group = groupOf[index] as number
    if (group === -1) continue
    const at = next[group] as number
    order[at] = index
    next[group] = at + 1
  }
  return { from, order }
}

function membersOf({ from, order }: Grouped, group: number): Int32Array {
  return order.subarray(from[group], from[group + 1])
}

function* inOrder(drafts: readonly Draft[], a: Placed, b: Placed): Pieces<readonly Step[]> {
  const below = grouped(
    Int32Array.from(drafts, ({ parent }) => parent),
    drafts.length,
  )
  const order: { readonly draft: number; readonly parent: number; readonly depth: number }[] = []
  const stack: { readonly draft: number; readonly parent: number; readonly depth: number }[] = []
  const rankOf = (draft: number) => (drafts[draft] as Draft).rank
  const pushChildren = (draft: number, parent: number, depth: number) => {
    if ((drafts[draft] as Draft).children === 0) return
    const ranked = membersOf(below, draft).toSorted((x, y) => rankOf(x) - rankOf(y))
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
  yield
  const steps: Step[] = []
  for (const { draft, parent, depth } of order) {
    const { kind, service, name } = drafts[draft] as Draft
    const side = (placed: Placed) => sideOf(drafts, below, draft, placed)
    const end = ends[steps.length] as number
    steps.push({ kind, service, name, depth, parent, end, a: side(a), b: side(b) })
    if (steps.length % stepsAPiece === 0) yield
  }
  return steps
}

function sideOf(
  drafts: readonly Draft[],
  below: Grouped,
  place: number,
  { rows, ofDraft }: Placed,
): StepSide | undefined {
  const { from, order } = ofDraft
  const [first, after] = [from[place] as number, from[place + 1] as number]
  if (first === after) return undefined
  let example = order[first] as number
  let failed = 0
  let bestFailed = false
  const own: Row[] = []
  for (let at = first; at < after; at++) {
    const index = order[at] as number
    const row = rows[index] as Row
    const fails = isFailed(row)
    if (fails) failed++
    if (fails === bestFailed ? lengthOf(row) > lengthOf(rows[example] as Row) : fails) {
      example = index
      bestFailed = fails
    }
    own.push(row)
  }
  const busyNano = coveredNano(own)
  const { kind, children } = drafts[place] as Draft
  const called = children === 0 ? [] : calledBy(drafts, membersOf(below, place), rows, ofDraft)
  const ownNano = kind === 'missing' ? 0 : called.length === 0 ? busyNano : uncoveredNano(own, called)
  return { count: own.length, failed, busyNano, ownNano, example }
}

/** The spans of a trace that belong to the steps below a step. */
function calledBy(
  drafts: readonly Draft[],
  children: Int32Array,
  rows: readonly Row[],
  ofDraft: Grouped,
): readonly Row[] {
  const called: Row[] = []
  for (const child of children)
    if (drafts[child]?.kind === 'span')
      for (const index of membersOf(ofDraft, child)) called.push(rows[index] as Row)
  return called
}

function lengthOf({ startNano, endNano }: Row): number {
  return endNano - startNano
}

function isFailed(row: Row): boolean {
  return row.kind === 'span' && row.span.status.code === 'error'
}
