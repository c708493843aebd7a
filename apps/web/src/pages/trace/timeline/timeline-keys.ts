import type { Collapsed } from '../../../timeline/visible.ts'
import { collapseAll, collapseLevel, expandLevel, hasChildren, toggleRow } from '../../../timeline/visible.ts'
import type { DrawnWindow } from '../../../timeline/window.ts'
import { pan, wholeWindow, zoom } from '../../../timeline/window.ts'
import { useKeys } from '../../../ui/keys.ts'
import type { Row } from '../model.ts'

/** What the keys of the timeline read and change. Rows are named by their place in the tree's list. */
interface Timeline {
  readonly rows: readonly Row[]
  readonly visible: readonly number[]
  /** Place of each row among the visible ones. */
  readonly places: ReadonlyMap<number, number>
  readonly active: number | undefined
  readonly collapsed: Collapsed
  readonly window: DrawnWindow
  readonly onMove: (row: number) => void
  readonly onOpen: (row: number) => void
  readonly onCollapsed: (collapsed: Collapsed) => void
  readonly onWindow: (window: DrawnWindow) => void
  readonly onScroll: (pages: number) => void
}

/** The keys of the timeline: rows by arrows and j, k; folding, panning and scrolling as in Jaeger. */
export function useTimelineKeys(timeline: Timeline): void {
  const { rows, visible, places, active, collapsed, window } = timeline
  const place = active === undefined ? -1 : (places.get(active) ?? -1)
  const move = (to: number) => {
    const row = visible[Math.min(Math.max(to, 0), visible.length - 1)]
    if (row !== undefined) timeline.onMove(row)
  }
  const right = () => {
    if (active === undefined || !hasChildren(rows, active)) return
    if (collapsed.has(active)) timeline.onCollapsed(toggleRow(collapsed, active))
    else move(place + 1)
  }
  const left = () => {
    if (active === undefined) return
    const parent = rows[active]?.parent ?? -1
    if (hasChildren(rows, active) && !collapsed.has(active))
      timeline.onCollapsed(toggleRow(collapsed, active))
    else if (parent >= 0) timeline.onMove(parent)
  }
  const failed = (direction: 1 | -1) => {
    for (let at = place + direction; at >= 0 && at < visible.length; at += direction) {
      const row = rows[visible[at] ?? -1]
      if (row !== undefined && isFailure(row, collapsed.has(visible[at] ?? -1))) return move(at)
    }
  }
  useKeys({
    title: 'Rows',
    bindings: [
      { keys: ['j', 'ArrowDown'], label: 'Next row', run: () => move(place + 1) },
      { keys: ['k', 'ArrowUp'], label: 'Row before', run: () => move(place - 1) },
      { keys: ['Home'], label: 'First row', run: () => move(0) },
      { keys: ['End'], label: 'Last row', run: () => move(visible.length - 1) },
      { keys: ['e'], label: 'Next failed row', run: () => failed(1) },
      { keys: ['E'], label: 'Failed row before', run: () => failed(-1) },
      {
        keys: ['Enter'],
        label: 'Details of the row',
        run: () => active !== undefined && timeline.onOpen(active),
      },
      { keys: ['ArrowRight'], label: 'Unfold, or go in', run: right },
      { keys: ['ArrowLeft'], label: 'Fold, or go out', run: left },
      { keys: ['['], label: 'Unfold all', run: () => timeline.onCollapsed(new Set()) },
      { keys: [']'], label: 'Fold all', run: () => timeline.onCollapsed(collapseAll(rows)) },
      {
        keys: ['o'],
        label: 'Unfold one level',
        run: () => timeline.onCollapsed(expandLevel(rows, collapsed)),
      },
      {
        keys: ['p'],
        label: 'Fold one level',
        run: () => timeline.onCollapsed(collapseLevel(rows, collapsed)),
      },
    ],
  })
  useKeys({
    title: 'Time',
    bindings: [
      { keys: ['+', '='], label: 'Zoom in', run: () => timeline.onWindow(zoom(window, 0.6)) },
      { keys: ['-'], label: 'Zoom out', run: () => timeline.onWindow(zoom(window, 1 / 0.6)) },
      { keys: ['0'], label: 'Show all of the time', run: () => timeline.onWindow(wholeWindow) },
      { keys: ['a'], label: 'Earlier', run: () => timeline.onWindow(pan(window, -0.25)) },
      { keys: ['d'], label: 'Later', run: () => timeline.onWindow(pan(window, 0.25)) },
      { keys: ['w'], label: 'Scroll up', run: () => timeline.onScroll(-0.8) },
      { keys: ['s'], label: 'Scroll down', run: () => timeline.onScroll(0.8) },
    ],
  })
}

function isFailure(row: Row, collapsed: boolean): boolean {
  if (row.kind === 'span' && row.span.status.code === 'error') return true
  return collapsed && row.descendantErrors > 0
}
