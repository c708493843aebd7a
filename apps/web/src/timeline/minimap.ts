/** A line of the minimap, in pixels. */
export interface MiniBar {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Index of the row it stands for. */
  readonly row: number
}

/** Highest a line may be, and the space above the first and below the last, in pixels. */
const linePx = 3
const marginPx = 4

/**
 * Lays all rows of a trace out in a small picture: one line a row, thinner and closer the more there are.
 * Of rows that fall on the same pixels only the first is drawn: 50,000 rows give some thousand lines at most.
 *
 * @param ends where each row's bar begins and ends, as fractions of the width: `[from0, to0, from1, …]`.
 */
export function minimapBars(ends: Float64Array, widthPx: number, heightPx: number): readonly MiniBar[] {
  const rows = ends.length / 2
  const room = heightPx - 2 * marginPx
  const pitch = Math.min(room / Math.max(rows, 1), linePx + 1)
  const height = Math.max(Math.min(linePx, pitch * 0.8), 1)
  const taken = new Set<number>()
  const bars: MiniBar[] = []
  for (let row = 0; row < rows; row++) {
    const x = Math.min(Math.floor((ends[2 * row] as number) * widthPx), widthPx - 2)
    const width = Math.max(Math.round((ends[2 * row + 1] as number) * widthPx) - x, 2)
    const y = marginPx + row * pitch
    const place = (Math.floor(y) * 4096 + x) * 4096 + Math.min(width, 4095)
    if (taken.has(place)) continue
    taken.add(place)
    bars.push({ x, y: pitch < 1 ? Math.floor(y) : y, width, height, row })
  }
  return bars
}
