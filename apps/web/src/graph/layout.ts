import { Graph, layout } from '@dagrejs/dagre'
import { transpose } from './transpose.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** A rectangle, by its upper left corner. Pixels, as all sizes here. */
export interface Rect extends Point {
  readonly width: number
  readonly height: number
}

/** Something that is placed: a service, a destination. */
export interface GraphBox {
  readonly id: string
  readonly width: number
  readonly height: number
}

/** A line from one box to another. Where it leaves and arrives counts from the tops; absent: in the middle. */
export interface GraphTie {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly fromY?: number
  readonly toY?: number
  readonly label?: { readonly width: number; readonly height: number }
  /** How much the line is to be short and straight; 1 where absent. */
  readonly weight?: number
}

export interface PlacedTie {
  /** The line as SVG writes it. */
  readonly path: string
  /** The middle of its label's place; of the line, where it has none. */
  readonly label: Point
}

export interface Placement {
  readonly boxes: ReadonlyMap<string, Rect>
  readonly ties: ReadonlyMap<string, PlacedTie>
  readonly width: number
  readonly height: number
}

const marginPx = 24
const spacing = {
  rankdir: 'LR',
  // Boxes of a layer begin on one line: what leads to one does not cut the corner of another.
  rankalign: 'top',
  nodesep: 22,
  edgesep: 14,
  ranksep: 44,
  marginx: marginPx,
  marginy: marginPx,
} as const

/**
 * Places boxes in layers from left to right, by cause and effect, and the lines between them. The same boxes
 * and ties in the same order give the same picture. Lines that lead back, against the layers, are drawn so.
 *
 * @param ties each between two boxes of the list; those from a box to itself are left to the caller.
 * @param options.keepOrder boxes of a layer stand in the order of the ties that lead to them, which a tree can
 *   be drawn in without crossings; otherwise in the one with the fewest.
 */
export function placeGraph(
  boxes: readonly GraphBox[],
  ties: readonly GraphTie[],
  options: { readonly keepOrder?: boolean } = {},
): Placement {
  const graph = new Graph({ multigraph: true })
  graph.setGraph(spacing)
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height })
  for (const { id, from, to, label, weight = 1 } of ties)
    graph.setEdge(
      from,
      to,
      { width: label?.width ?? 0, height: label?.height ?? 0, labelpos: 'c', weight, minlen: 1 },
      id,
    )
  layout(graph, {
    customOrder: (layered, order) => {
      order(layered, { disableOptimalOrderHeuristic: options.keepOrder === true })
      if (options.keepOrder !== true) transpose(layered)
    },
  })
  const placed = new Map<string, Rect>()
  for (const { id, width, height } of boxes) {
    const { x, y } = graph.node(id) as Point
    placed.set(id, { x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height })
  }
  const rightOf = layerEnds(placed)
  const lines = new Map<string, PlacedTie>()
  for (const tie of ties) {
    const found = graph.edge(tie.from, tie.to, tie.id) as Partial<Point> & {
      readonly points: readonly Point[]
    }
    const from = placed.get(tie.from)
    const to = placed.get(tie.to)
    if (from !== undefined && to !== undefined) lines.set(tie.id, lineOf(tie, from, to, found, rightOf))
  }
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number }
  return { boxes: placed, ties: lines, width: finite(width), height: finite(height) }
}

/** Of no boxes at all the library gives no size. */
function finite(size: number): number {
  return Number.isFinite(size) ? Math.ceil(size) : 0
}

/** Where the widest box of a layer ends, by where its boxes begin. */
function layerEnds(boxes: ReadonlyMap<string, Rect>): (box: Rect) => number {
  const ends = new Map<number, number>()
  for (const { x, width } of boxes.values()) ends.set(x, Math.max(ends.get(x) ?? 0, x + width))
  return box => ends.get(box.x) ?? box.x + box.width
}

/** Room that a label keeps to the line's ends. */
const labelGapPx = 4

function lineOf(
  tie: GraphTie,
  from: Rect,
  to: Rect,
  found: Partial<Point> & { readonly points: readonly Point[] },
  rightOf: (box: Rect) => number,
): PlacedTie {
  const back = to.x < from.x
  const start = { x: back ? from.x : from.x + from.width, y: from.y + (tie.fromY ?? from.height / 2) }
  const end = { x: back ? to.x + to.width : to.x, y: to.y + (tie.toY ?? to.height / 2) }
  // Past the wider boxes of the layer before it turns.
  const leave = back ? [start] : [start, { x: rightOf(from), y: start.y }]
  const arrive = back ? [{ x: rightOf(to), y: end.y }, end] : [end]
  const between = found.points.slice(1, -1)
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }
  const { label } = tie
  if (label === undefined) {
    // A line to the next layer needs no way of its own.
    const points = between.length <= 1 ? [] : between
    return { path: curve([...leave, ...points, ...arrive]), label: middle }
  }
  const place = { x: found.x ?? middle.x, y: found.y ?? middle.y }
  const half = (label.width / 2 + labelGapPx) * (back ? -1 : 1)
  const through = between.flatMap(point =>
    Math.abs(point.x - place.x) < 1 && Math.abs(point.y - place.y) < 1
      ? [
          { x: place.x - half, y: place.y },
          { x: place.x + half, y: place.y },
        ]
      : [point],
  )
  return { path: curve([...leave, ...through, ...arrive]), label: place }
}

/** A line through all points that leaves and reaches each of them level. */
export function curve(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${round(first.x)} ${round(first.y)}`
  let at = first
  for (const to of rest) {
    if (at.x === to.x && at.y === to.y) continue
    const middle = round((at.x + to.x) / 2)
    path +=
      Math.abs(at.y - to.y) < 0.5
        ? `L${round(to.x)} ${round(to.y)}`
        : `C${middle} ${round(at.y)} ${middle} ${round(to.y)} ${round(to.x)} ${round(to.y)}`
    at = to
  }
  return path
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}
