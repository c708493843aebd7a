import type { Span } from '@waybill/model'
import type { Row } from '../model.ts'

/** Rows of a trace's tree that are drawn as one: spans of one name under one cause, messages of one destination. */
export interface MergedNode {
  /** `rest`: what is left out below its parent, where the graph would get too large. */
  readonly kind: Row['kind'] | 'rest'
  /** Places in the tree's list of rows, in order; at least one. */
  readonly rows: readonly number[]
  /** Place of the node it hangs under, -1 at the top. Parents come before their children. */
  readonly parent: number
  readonly children: readonly number[]
  /** Spans that a node stands for; of `rest` all that is below, too. */
  readonly spanCount: number
}

export interface MergedTree {
  readonly nodes: readonly MergedNode[]
  /** Node of each row; -1 where it is part of a `rest`. */
  readonly nodeOfRow: Int32Array
  /** How many siblings of one name were drawn as one. */
  readonly mergedFrom: number
}

/** How large a graph may be. */
export interface MergeLimits {
  /** So many siblings of one name are always one node. */
  readonly always: number
  /** With more nodes than this, any two siblings of one name are one. */
  readonly comfortable: number
  /** More nodes than this are not drawn. */
  readonly most: number
}

export const mergeLimits: MergeLimits = { always: 4, comfortable: 80, most: 240 }

interface Draft {
  readonly kind: MergedNode['kind']
  readonly rows: readonly number[]
  readonly parent: number
  readonly children: number[]
  readonly spanCount: number
}

/**
 * Makes the rows of a trace few enough to be drawn side by side. Siblings of one service, kind and name become
 * one node from a number on, and so do their children in turn; messages that one node sends to one destination
 * always do. What is nearest to the root is kept where even that is too much.
 */
export function mergeRows(rows: readonly Row[], limits: MergeLimits = mergeLimits): MergedTree {
  const gentle = merge(rows, limits.always, limits.most)
  return gentle.nodes.length <= limits.comfortable ? gentle : merge(rows, 2, limits.most)
}

/** The span of a node, the first of several; undefined where it stands for none. */
export function firstSpan(rows: readonly Row[], node: MergedNode): Span | undefined {
  const row = node.kind === 'rest' ? undefined : rows[node.rows[0] as number]
  return row?.kind === 'span' ? row.span : undefined
}

function merge(rows: readonly Row[], least: number, most: number): MergedTree {
  const nodes: Draft[] = []
  const nodeOfRow = new Int32Array(rows.length).fill(-1)
  const spansBefore = countSpans(rows)
  const spansBelow = (row: number) => (spansBefore[rows[row]?.end ?? row] ?? 0) - (spansBefore[row] ?? 0)
  const add = (draft: Draft) => {
    const index = nodes.push(draft) - 1
    nodes[draft.parent]?.children.push(index)
    if (draft.kind !== 'rest') for (const row of draft.rows) nodeOfRow[row] = index
    return index
  }
  // By levels, so that what is near to the root comes first.
  const waiting: { readonly rows: readonly number[]; readonly parent: number }[] = [
    { rows: topRows(rows), parent: -1 },
  ]
  for (let next = 0; next < waiting.length; next++) {
    const family = waiting[next]
    if (family === undefined || family.rows.length === 0) continue
    const { parent } = family
    const groups = groupsOf(rows, family.rows, least)
    const room = Math.max(0, most - nodes.length)
    for (const members of groups.slice(0, room)) {
      const kind = rows[members[0] as number]?.kind ?? 'span'
      const spanCount = kind === 'span' ? members.length : 0
      const index = add({ kind, rows: members, parent, children: [], spanCount })
      waiting.push({ rows: members.flatMap(row => childRows(rows, row)), parent: index })
    }
    const left = groups.slice(room).flat()
    const spanCount = left.reduce((sum, row) => sum + spansBelow(row), 0)
    if (left.length > 0) add({ kind: 'rest', rows: left, parent, children: [], spanCount })
  }
  return { nodes, nodeOfRow, mergedFrom: least }
}

/** Siblings that become one, and those that stay alone, in the order of their first rows. */
function groupsOf(
  rows: readonly Row[],
  siblings: readonly number[],
  least: number,
): readonly (readonly number[])[] {
  const alike = Map.groupBy(siblings, row => keyOf(rows[row]))
  const groups = [...alike.values()].flatMap(members => {
    const together = rows[members[0] as number]?.kind === 'message' || members.length >= least
    return together ? [members] : members.map(member => [member])
  })
  return groups.sort((a, b) => (a[0] as number) - (b[0] as number))
}

function keyOf(row: Row | undefined): string {
  if (row?.kind === 'span') return `span\n${row.span.service}\n${row.span.kind}\n${row.span.name}`
  if (row?.kind === 'message') return `message\n${row.segment.facts.system}\n${row.segment.facts.destination}`
  return 'missing'
}

function topRows(rows: readonly Row[]): readonly number[] {
  return familyOf(rows, 0, rows.length)
}

function childRows(rows: readonly Row[], row: number): readonly number[] {
  return familyOf(rows, row + 1, rows[row]?.end ?? row + 1)
}

function familyOf(rows: readonly Row[], from: number, to: number): readonly number[] {
  const family: number[] = []
  for (let row = from; row < to; row = Math.max(row + 1, rows[row]?.end ?? to)) family.push(row)
  return family
}

/** How many of the rows before each are spans. */
function countSpans(rows: readonly Row[]): Uint32Array {
  const counts = new Uint32Array(rows.length + 1)
  for (const [index, row] of rows.entries())
    counts[index + 1] = (counts[index] as number) + (row.kind === 'span' ? 1 : 0)
  return counts
}
