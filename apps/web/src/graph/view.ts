import type { Point, Rect } from './layout.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** Which part of a graph is seen: a point of the graph lies at `point * scale + (x, y)` of the frame. */
export interface View extends Point {
  readonly scale: number
}

const smallest = 0.05
const largest = 2.5
/** Below this, names can no longer be read. */
const readable = 0.7
/** So much of the graph stays in the frame, whatever it is moved by. */
const keptPx = 64
const edgePx = 16

/** All of the graph in the frame, in the middle, never larger than drawn. */
export function wholeView(graph: Size, frame: Size): View {
  const scale = Math.min(1, frame.width / Math.max(1, graph.width), frame.height / Math.max(1, graph.height))
  return centre(graph, frame, Math.max(smallest, scale))
}

/**
 * What is seen first: all of the graph where its names can be read then, else where it begins, at `first`. In a frame
 * that is higher than wide, as on a telephone, it stands at the top: the middle may lie below what is seen of the page.
 */
export function firstView(graph: Size, frame: Size, first: Rect): View {
  const whole = wholeView(graph, frame)
  const isUpright = frame.height > frame.width
  if (whole.scale >= readable) return isUpright ? { ...whole, y: 0 } : whole
  const scale = Math.max(readable, Math.min(1, frame.height / Math.max(1, graph.height)))
  const { y } = centre(graph, frame, scale)
  const high = graph.height * scale
  if (high <= frame.height) return { x: 0, y: isUpright ? 0 : y, scale }
  const middle = frame.height / 2 - (first.y + first.height / 2) * scale
  return { x: 0, y: Math.min(0, Math.max(frame.height - high, middle)), scale }
}

function centre(graph: Size, frame: Size, scale: number): View {
  return { x: (frame.width - graph.width * scale) / 2, y: (frame.height - graph.height * scale) / 2, scale }
}

/** Closer by `factor`, with the point of the frame under `at` staying where it is. */
export function zoomAt(view: View, factor: number, at: Point): View {
  const scale = Math.min(largest, Math.max(smallest, view.scale * factor))
  const by = scale / view.scale
  return { x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by, scale }
}

/** Moved by so many pixels of the frame, but never out of sight. */
export function pan(view: View, dx: number, dy: number, graph: Size, frame: Size): View {
  const bound = (at: number, length: number, room: number) =>
    Math.min(room - keptPx, Math.max(keptPx - length * view.scale, at))
  return {
    x: bound(view.x + dx, graph.width, frame.width),
    y: bound(view.y + dy, graph.height, frame.height),
    scale: view.scale,
  }
}

/** Moved as little as shows a rectangle of the graph, its beginning where it is larger than the frame. */
export function reveal(view: View, rect: Rect, frame: Size): View {
  const shift = (at: number, start: number, length: number, room: number) => {
    const from = start * view.scale + at
    const to = from + length * view.scale
    if (from < edgePx) return edgePx - from
    return to > room - edgePx ? Math.max(room - edgePx - to, edgePx - from) : 0
  }
  return {
    x: view.x + shift(view.x, rect.x, rect.width, frame.width),
    y: view.y + shift(view.y, rect.y, rect.height, frame.height),
    scale: view.scale,
  }
}

export type Direction = 'left' | 'right' | 'up' | 'down'

/**
 * The rectangle that lies next in a direction, by the middles of their sides: near ones first, those aside
 * later. Undefined where there is none.
 */
export function nextIn(from: Rect, others: readonly Rect[], direction: Direction): number | undefined {
  let best: number | undefined
  let bestCost = Number.POSITIVE_INFINITY
  for (const [index, to] of others.entries()) {
    const cost = costOf(from, to, direction)
    if (cost >= bestCost) continue
    bestCost = cost
    best = index
  }
  return best
}

function costOf(from: Rect, to: Rect, direction: Direction): number {
  const level = direction === 'left' || direction === 'right'
  const sign = direction === 'right' || direction === 'down' ? 1 : -1
  const x = to.x + to.width / 2 - (from.x + from.width / 2)
  const y = to.y + to.height / 2 - (from.y + from.height / 2)
  const ahead = (level ? x : y) * sign
  const aside = Math.abs(level ? y : x)
  const least = (level ? (from.width + to.width) / 2 : (from.height + to.height) / 2) * 0.6
  // Rows of one box stand exactly below each other; beside it lies what does not overlap it.
  if (ahead < Math.max(1, level ? least : 1)) return Number.POSITIVE_INFINITY
  return ahead + aside * (level ? 3 : 1.5)
}
