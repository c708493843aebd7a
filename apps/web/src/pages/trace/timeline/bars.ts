import type { Stretch, TimeScale } from '../../../timeline/scale.ts'
import { drawnAt } from '../../../timeline/scale.ts'
import type { DrawnWindow } from '../../../timeline/window.ts'
import { onScreen } from '../../../timeline/window.ts'

/** What rows are drawn against. */
export interface Lane {
  readonly scale: TimeScale
  readonly window: DrawnWindow
  readonly widthPx: number
}

/** Ends of a bar as fractions of the lane. They may lie far outside it. */
export interface BarEnds {
  readonly from: number
  readonly to: number
}

/** Where a stretch of time is drawn; the earlier end first, also where a message came before it was sent. */
export function barEnds(lane: Lane, stretch: Stretch): BarEnds {
  const a = onScreen(lane.window, drawnAt(lane.scale, stretch.startNano))
  const b = onScreen(lane.window, drawnAt(lane.scale, stretch.endNano))
  return a <= b ? { from: a, to: b } : { from: b, to: a }
}

/**
 * A bar as a style: browsers lose precision with places a million lanes away, so what lies outside is cut off
 * just beyond the edge.
 */
export function barStyle(ends: BarEnds): { readonly left: string; readonly width: string } {
  const from = Math.max(ends.from, -0.01)
  const to = Math.min(ends.to, 1.01)
  return { left: `${from * 100}%`, width: `${Math.max(to - from, 0) * 100}%` }
}

/** Whether any of a bar is on the screen. */
export function isOnLane(ends: BarEnds): boolean {
  return ends.to >= 0 && ends.from <= 1
}
