/** What folding needs of a row: its depth, the row it hangs under, and where the rows below it end. */
export interface TreeRow {
  readonly depth: number
  readonly parent: number
  /** Index after the last row below this one. */
  readonly end: number
}

/** How a filter leaves a row: hidden, kept for what is below it, or matching. */
export const rowStates = { hidden: 0, ancestor: 1, match: 2 } as const

/** Rows folded away, by the index of the row they hang under. */
export type Collapsed = ReadonlySet<number>

/** The indices of the rows to show, in order. `states` has an entry for each row where a filter is on. */
export function visibleRows(
  rows: readonly TreeRow[],
  collapsed: Collapsed,
  states?: Uint8Array,
): readonly number[] {
  const visible: number[] = []
  for (let i = 0; i < rows.length; ) {
    const row = rows[i] as TreeRow
    const hidden = states !== undefined && states[i] === rowStates.hidden
    if (!hidden) visible.push(i)
    i = collapsed.has(i) && !hidden ? row.end : i + 1
  }
  return visible
}

/** Whether rows hang under this one. */
export function hasChildren(rows: readonly TreeRow[], index: number): boolean {
  return (rows[index]?.end ?? 0) > index + 1
}

/** Folds or unfolds one row. */
export function toggleRow(collapsed: Collapsed, index: number): Collapsed {
  const next = new Set(collapsed)
  if (!next.delete(index)) next.add(index)
  return next
}

/** Folds every row that has rows below it. */
export function collapseAll(rows: readonly TreeRow[]): Collapsed {
  return new Set([...rows.keys()].filter(index => hasChildren(rows, index)))
}

/** Folds the deepest level that is still open. */
export function collapseLevel(rows: readonly TreeRow[], collapsed: Collapsed): Collapsed {
  const open = visibleRows(rows, collapsed).filter(index => hasChildren(rows, index) && !collapsed.has(index))
  const depth = open.reduce((deepest, index) => Math.max(deepest, rows[index]?.depth ?? 0), -1)
  return new Set([...collapsed, ...open.filter(index => rows[index]?.depth === depth)])
}

/** Unfolds the highest level that is folded. */
export function expandLevel(rows: readonly TreeRow[], collapsed: Collapsed): Collapsed {
  const depths = visibleRows(rows, collapsed)
    .filter(index => collapsed.has(index))
    .map(index => rows[index]?.depth ?? 0)
  const depth = depths.reduce((least, candidate) => Math.min(least, candidate), Number.POSITIVE_INFINITY)
  return new Set([...collapsed].filter(index => rows[index]?.depth !== depth))
}

/** Unfolds all that a row hangs under, so that it can be seen. */
export function reveal(rows: readonly TreeRow[], collapsed: Collapsed, index: number): Collapsed {
  let next: Set<number> | undefined
  for (let at = rows[index]?.parent ?? -1; at >= 0; at = rows[at]?.parent ?? -1) {
    if (!collapsed.has(at)) continue
    next ??= new Set(collapsed)
    next.delete(at)
  }
  return next ?? collapsed
}
