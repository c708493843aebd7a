/** Where a bar's label stands: inside it, or after or before it. `at` is the label's left or right edge. */
export interface LabelPlace {
  readonly side: 'inside' | 'after' | 'before'
  /** From the left edge of the lane for `inside` and `after`, from the right edge for `before`. */
  readonly at: number
}

/** Space between a bar and its label, and the width of a letter at the label's size. */
const gapPx = 6
const letterPx = 6.3

/** How wide a label is, near enough for placing it. */
export function labelWidthPx(text: string): number {
  return text.length * letterPx + 10
}

/**
 * Places a label beside its bar where there is room: after it, else before it, else inside at the part of
 * the bar that is on the screen. A wide bar (`prefersInside`) takes its label inside where it fits.
 *
 * @param from and `to` the bar's ends in pixels of the lane, which may lie outside the lane.
 */
export function placeLabel(
  from: number,
  to: number,
  laneWidthPx: number,
  text: string,
  prefersInside: boolean,
): LabelPlace {
  const width = labelWidthPx(text)
  const left = Math.max(from, 0)
  const right = Math.min(to, laneWidthPx)
  if (prefersInside && right - left > width + 2 * gapPx) return { side: 'inside', at: left + gapPx }
  if (to + gapPx + width <= laneWidthPx && to >= 0) return { side: 'after', at: Math.max(to, 0) + gapPx }
  if (from - gapPx - width >= 0 && from <= laneWidthPx)
    return { side: 'before', at: laneWidthPx - Math.min(from, laneWidthPx) + gapPx }
  return { side: 'inside', at: Math.min(left + gapPx, Math.max(laneWidthPx - width, 0)) }
}
