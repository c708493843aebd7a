import type { ReactNode } from 'react'
import { useEffect, useMemo, useRef } from 'react'
import type { Stop } from '../../../graph/canvas.tsx'
import { GraphCanvas } from '../../../graph/canvas.tsx'
import type { Rect } from '../../../graph/layout.ts'
import type { LegendEntry } from '../../../graph/legend.tsx'
import { GraphLegend } from '../../../graph/legend.tsx'
import { Cylinder, TieLabel, TieLine } from '../../../graph/shapes.tsx'
import { count } from '../../../ui/times.ts'
import type { TraceModel } from '../model.ts'
import { rowKey } from '../model.ts'
import { ElsewhereDrawing, ExternalDrawing, RowDrawing, ServiceFrame } from './drawing.tsx'
import type { DestinationPart, Part, ServicePart } from './part.ts'
import type { Scene } from './scene.ts'
import { besidePath, rowRect, traceScene } from './scene.ts'
import { destinationText } from './texts.ts'
import './trace-graph.css'

/** A trace as causes: services with their spans, destinations between them, and the lines that tie them. */
export function GraphTab(props: {
  readonly model: TraceModel
  /** Place of the selected row. */
  readonly selected: number | undefined
  readonly onSelect: (key: string) => void
}): ReactNode {
  const { model, selected, onSelect } = props
  const scene = useMemo(() => traceScene(model), [model])
  const stops = useMemo(() => stopsOf(model, scene, selected), [model, scene, selected])
  const place = useRef<HTMLDivElement>(null)
  // On a narrow screen the details cover the lower half: the graph goes into the upper one.
  useEffect(() => {
    if (selected === undefined || !matchMedia('(max-width: 900px)').matches) return
    place.current?.scrollIntoView({ block: 'start' })
  }, [selected])
  const rowOfStop = new Map(stops.map(stop => [stop.id, stop.row]))
  const press = (id: string) => {
    const row = model.tree.rows[rowOfStop.get(id) ?? -1]
    if (row !== undefined) onSelect(rowKey(row))
  }
  const { boxes, ties } = scene.placement
  return (
    <div className="trace-graph" ref={place}>
      <div className="trace-graph-bar">
        <GraphLegend entries={legendOf(scene)} />
        <Merged scene={scene} model={model} />
      </div>
      <GraphCanvas
        label="Graph of the trace"
        size={scene.placement}
        about={model.response.trace.traceId}
        stops={stops}
        sought={stops.find(stop => stop.selected)?.id}
        onPress={press}
        over={scene.sceneTies.map(tie => {
          const placed = ties.get(tie.id)
          return placed && tie.lines.length > 0 && <TieLabel key={tie.id} tie={placed} lines={tie.lines} />
        })}
      >
        {scene.parts.map(part => {
          const rect = boxes.get(part.id)
          if (part.kind !== 'service' || rect === undefined) return null
          return <ServiceFrame key={part.id} part={part} rect={rect} failed={hasFailed(part, scene)} />
        })}
        {scene.sceneTies.map(tie => {
          const part = scene.scenes.get(tie.from)
          const own = tie.from === tie.to ? boxes.get(tie.from) : undefined
          if (part?.kind === 'service' && own !== undefined)
            return <TieLine key={tie.id} style={tie.style} tie={{ path: besidePath(part, own, tie) }} />
          const placed = ties.get(tie.id)
          return placed && <TieLine key={tie.id} style={tie.style} tie={placed} />
        })}
      </GraphCanvas>
    </div>
  )
}

interface RowStop extends Stop {
  /** The row that a press selects. */
  readonly row: number
}

function stopsOf(model: TraceModel, scene: Scene, selected: number | undefined): readonly RowStop[] {
  return scene.parts.flatMap(part => {
    const rect = scene.placement.boxes.get(part.id)
    if (rect === undefined) return []
    if (part.kind === 'service') return rowStops(model, scene, part, rect, selected)
    return [partStop(model, scene, part, rect, selected)]
  })
}

function rowStops(
  model: TraceModel,
  scene: Scene,
  part: ServicePart,
  box: Rect,
  selected: number | undefined,
): readonly RowStop[] {
  const chosen = selected === undefined ? -1 : scene.tree.nodeOfRow[selected]
  return part.rows.flatMap((boxRow, place) => {
    const node = scene.tree.nodes[boxRow.node]
    const text = scene.texts.get(boxRow.node)
    if (node === undefined || text === undefined) return []
    const service = part.service || 'no service'
    const title = [text.name, text.times].filter(Boolean).join(' ')
    return [
      {
        id: `r${boxRow.node}`,
        rect: rowRect(box, place),
        name: [`${service} ${title}`, ...text.lines].join(', '),
        tip: [title, service, ...text.lines],
        failed: text.failed > 0,
        selected: node.kind !== 'rest' && boxRow.node === chosen,
        drawing: <RowDrawing row={boxRow} width={box.width} text={text} />,
        row: rowToSelect(model, node.rows),
      },
    ]
  })
}

/** Of several spans the first that failed, else the longest. */
function rowToSelect(model: TraceModel, rows: readonly number[]): number {
  let best = rows[0] as number
  let longest = -1
  for (const index of rows) {
    const row = model.tree.rows[index]
    if (row?.kind !== 'span') continue
    if (row.span.status.code === 'error') return index
    if (row.endNano - row.startNano <= longest) continue
    longest = row.endNano - row.startNano
    best = index
  }
  return best
}

function partStop(
  model: TraceModel,
  scene: Scene,
  part: Exclude<Part, ServicePart>,
  rect: Rect,
  selected: number | undefined,
): RowStop {
  const { id, row } = part
  const chosen = selected !== undefined && scene.tree.nodeOfRow[selected]
  // What nobody received has no node of its own: its details are its producer's.
  const isSelected = id.startsWith('n') && chosen !== false && `n${chosen}` === id
  if (part.kind === 'external') {
    const lines = [part.title, part.note]
    const drawing = <ExternalDrawing part={part} rect={rect} />
    return { id, rect, name: lines.join(', '), tip: lines, failed: false, selected: false, drawing, row }
  }
  if (part.kind === 'elsewhere')
    return {
      id,
      rect,
      name: `${part.title}, ${part.note}`,
      tip: [part.title, part.note],
      failed: false,
      selected: isSelected,
      drawing: <ElsewhereDrawing part={part} rect={rect} />,
      row,
    }
  const { title, note } = destinationText(part)
  return {
    id,
    rect,
    name: `${title}, ${note}`,
    tip: [title, note],
    failed: false,
    selected: isSelected,
    drawing: <Cylinder size={rect} title={title} note={note} share={shareOf(part, model)} />,
    row,
  }
}

/** How much of the trace's time the longest wait was. */
function shareOf({ segments }: DestinationPart, model: TraceModel): number {
  const longest = segments.reduce((most, { waitedNano }) => Math.max(most, waitedNano), 0)
  const { startNano, endNano } = model.whole
  return endNano === startNano ? 0 : longest / (endNano - startNano)
}

function hasFailed(part: ServicePart, scene: Scene): boolean {
  return part.rows.some(({ node }) => (scene.texts.get(node)?.failed ?? 0) > 0)
}

function legendOf(scene: Scene): readonly LegendEntry[] {
  const styles = new Set(scene.ties.map(tie => tie.style))
  for (const part of scene.parts)
    if (part.kind === 'service') for (const row of part.rows) styles.add(row.style)
  const failed = scene.parts.some(part => part.kind === 'service' && hasFailed(part, scene))
  return [
    { kind: 'tie', style: 'solid', text: 'parent' },
    ...(styles.has('dashed')
      ? [{ kind: 'tie', style: 'dashed', text: 'link or follows from' } as const]
      : []),
    ...(styles.has('dotted')
      ? [{ kind: 'tie', style: 'dotted', text: 'inferred from the message' } as const]
      : []),
    ...(scene.parts.some(part => part.kind === 'destination')
      ? [{ kind: 'wait', text: 'share of the time that a message waited' } as const]
      : []),
    ...(failed ? [{ kind: 'failed', text: 'failed' } as const] : []),
  ]
}

/** Says where the graph stands for more than it shows. */
function Merged(props: { readonly scene: Scene; readonly model: TraceModel }): ReactNode {
  const { nodes, mergedFrom } = props.scene.tree
  const several = nodes.some(node => node.kind === 'span' && node.rows.length > 1)
  const left = nodes.reduce((sum, node) => sum + (node.kind === 'rest' ? node.spanCount : 0), 0)
  if (!several && left === 0) return null
  const all = props.model.response.trace.spans.length
  const shown = nodes.filter(node => node.kind === 'span').length
  const how = mergedFrom > 2 ? `${mergedFrom} and more spans` : 'spans'
  return (
    <span className="faint">
      {count(all, 'span')} in {count(shown, 'row')}: {how} of one name under one cause are one row
      {left > 0 && `, ${count(left, 'span')} far from the root left out`}
    </span>
  )
}
