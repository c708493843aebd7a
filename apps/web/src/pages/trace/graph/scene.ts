import type { GraphBox, GraphTie, Placement, Rect } from '../../../graph/layout.ts'
import { placeGraph } from '../../../graph/layout.ts'
import { cylinderHeightPx, cylinderWidth, labelSize } from '../../../graph/shapes.tsx'
import { textWidth } from '../../../graph/text.ts'
import type { TraceModel } from '../model.ts'
import type { Part, PartTie, ServicePart, TraceParts } from './part.ts'
import { traceParts } from './parts.ts'
import type { SpanText } from './texts.ts'
import { destinationText, spanText, tieLines } from './texts.ts'

export const headPx = 26
export const rowPx = 22
export const indentPx = 14
/** Before the name of a box's first row; room for the sign of a failure is in it. */
export const rowStartPx = 12
const boxEndPx = 6
const mostNamePx = 220
const boxWidthPx = { least: 150, most: 340 }
export const elsewhereHeightPx = 40
/** Room for the sign of a database before its name. */
export const databaseIconPx = 20

/** A tie with what it says, if anything. */
export interface SceneTie extends PartTie {
  readonly id: string
  readonly lines: readonly string[]
}

/** A trace's graph with a place for everything. */
export interface Scene extends TraceParts {
  readonly placement: Placement
  readonly scenes: ReadonlyMap<string, Part>
  readonly sceneTies: readonly SceneTie[]
  /** By node: what stands in the row. */
  readonly texts: ReadonlyMap<number, SpanText>
}

/** Works out the whole picture of a trace; the same trace gives the same picture. */
export function traceScene(model: TraceModel): Scene {
  const found = traceParts(model)
  const texts = new Map<number, SpanText>()
  for (const part of found.parts)
    if (part.kind === 'service')
      for (const { node } of part.rows) {
        const merged = found.tree.nodes[node]
        if (merged !== undefined) texts.set(node, spanText(model.tree.rows, merged))
      }
  const scenes = new Map(found.parts.map(part => [part.id, part]))
  const sceneTies = found.ties.map((tie, index): SceneTie => {
    const lines = tie.segments === undefined ? [] : tieLines(tie.segments)
    return { ...tie, id: `t${index}`, lines }
  })
  const boxes = found.parts.map(part => boxOf(part, texts))
  const places = new Map(found.parts.map(({ id }, place) => [id, place]))
  const ties = sceneTies
    .filter(tie => tie.from !== tie.to)
    .map(tie => tieOf(tie, scenes))
    .sort(
      (a, b) =>
        (places.get(a.from) ?? 0) - (places.get(b.from) ?? 0) ||
        (a.fromY ?? 0) - (b.fromY ?? 0) ||
        (places.get(a.to) ?? 0) - (places.get(b.to) ?? 0),
    )
  const placement = placeGraph(boxes, ties, { keepOrder: !sceneTies.some(tie => tie.beside) })
  return { ...found, texts, scenes, sceneTies, placement }
}

function boxOf(part: Part, texts: ReadonlyMap<number, SpanText>): GraphBox {
  const { id } = part
  if (part.kind === 'service')
    return { id, width: serviceWidth(part, texts), height: headPx + part.rows.length * rowPx + boxEndPx }
  if (part.kind === 'destination') {
    const { title, note } = destinationText(part)
    return { id, width: cylinderWidth(title, note), height: cylinderHeightPx }
  }
  const width = Math.max(textWidth(part.title, 'name'), textWidth(part.note, 'small'))
  const icon = part.kind === 'external' && part.isDatabase ? databaseIconPx : 0
  return { id, width: Math.ceil(Math.min(mostNamePx, width)) + 24 + icon, height: elsewhereHeightPx }
}

function serviceWidth(part: ServicePart, texts: ReadonlyMap<number, SpanText>): number {
  let width = textWidth(part.service || 'no service', 'name') + 44
  for (const { node, depth } of part.rows) {
    const text = texts.get(node)
    if (text === undefined) continue
    const name = Math.min(mostNamePx, textWidth(text.name, 'text'))
    const times = text.times === '' ? 0 : textWidth(text.times, 'small') + 6
    const sign = text.failed > 0 ? 14 : 0
    const start = rowStartPx + depth * indentPx
    width = Math.max(width, start + sign + name + times + 20 + textWidth(text.duration, 'small') + 10)
  }
  return Math.ceil(Math.min(boxWidthPx.most, Math.max(boxWidthPx.least, width)))
}

function tieOf(tie: SceneTie, scenes: ReadonlyMap<string, Part>): GraphTie {
  const fromY = rowMiddle(scenes.get(tie.from), tie.fromNode)
  const toY = rowMiddle(scenes.get(tie.to), tie.toNode)
  return {
    id: tie.id,
    from: tie.from,
    to: tie.to,
    ...(fromY !== undefined && { fromY }),
    ...(toY !== undefined && { toY }),
    ...(tie.lines.length > 0 && { label: labelSize(tie.lines) }),
    weight: tie.beside ? 0 : 2,
  }
}

/** Where a node's row has its middle, from the top of its box; undefined where the part has no rows. */
export function rowMiddle(part: Part | undefined, node: number | undefined): number | undefined {
  if (part?.kind !== 'service') return undefined
  const place = part.rows.findIndex(row => row.node === node)
  return place === -1 ? headPx / 2 : headPx + (place + 0.5) * rowPx
}

/** Where a row of a service's box lies in the graph. */
export function rowRect(box: Rect, place: number): Rect {
  return { x: box.x, y: box.y + headPx + place * rowPx, width: box.width, height: rowPx }
}

/** A line between two rows of one box, around its right side. */
export function besidePath(part: ServicePart, box: Rect, tie: PartTie): string {
  const x = box.x + box.width
  const from = box.y + (rowMiddle(part, tie.fromNode) ?? 0)
  const to = box.y + (rowMiddle(part, tie.toNode) ?? 0)
  const reach = x + 14 + Math.min(30, Math.abs(to - from) / 3)
  return `M${x} ${from}C${reach} ${from} ${reach} ${to} ${x} ${to}`
}
