import type { ReactNode } from 'react'
import type { Rect } from '../../../graph/layout.ts'
import { ServiceMark } from '../../../graph/shapes.tsx'
import { cutText, textWidth } from '../../../graph/text.ts'
import type { BoxRow, ElsewherePart, ExternalPart, ServicePart } from './part.ts'
import { databaseIconPx, headPx, indentPx, rowPx, rowStartPx } from './scene.ts'
import type { SpanText } from './texts.ts'

/** The frame of a service's box, its name, and the lines from causes to what they caused. */
export function ServiceFrame(props: {
  readonly part: ServicePart
  readonly rect: Rect
  readonly failed: boolean
}): ReactNode {
  const { part, rect } = props
  return (
    <g transform={`translate(${rect.x} ${rect.y})`}>
      <rect
        className="box"
        width={rect.width}
        height={rect.height}
        rx="6"
        data-failed={props.failed || undefined}
      />
      <ServiceMark name={part.service} x={10} y={9} />
      <text className="graph-name" x="24" y="17.5">
        {cutText(part.service || 'no service', 'name', rect.width - 34)}
      </text>
      {part.rows.map((row, place) => (
        <Elbow key={row.node} row={row} place={place} />
      ))}
    </g>
  )
}

/** From the row of the cause down and to the right. */
function Elbow({ row, place }: { readonly row: BoxRow; readonly place: number }): ReactNode {
  if (row.under < 0) return null
  const x = rowStartPx + (row.depth - 1) * indentPx + 3
  const from = headPx + (row.under + 1) * rowPx - 3
  const to = headPx + (place + 0.5) * rowPx
  return <path className={`elbow is-${row.style}`} d={`M${x} ${from}V${to}h7`} />
}

/** What stands in a row: sign of a failure, name, how many, how long. */
export function RowDrawing(props: {
  readonly row: BoxRow
  readonly width: number
  readonly text: SpanText
}): ReactNode {
  const { row, width, text } = props
  const start = rowStartPx + row.depth * indentPx
  const sign = text.failed > 0 ? 14 : 0
  const timesPx = text.times === '' ? 0 : textWidth(text.times, 'small') + 6
  const durationPx = textWidth(text.duration, 'small')
  const name = cutText(text.name, 'text', width - start - sign - timesPx - durationPx - 24)
  const y = rowPx / 2 + 4
  return (
    <>
      <rect className="stop-place" x="2" y="1" width={width - 4} height={rowPx - 2} rx="4" />
      {text.failed > 0 && (
        <text className="graph-small is-error" x={start} y={y}>
          ✕
        </text>
      )}
      <text className={text.failed > 0 ? 'is-error' : undefined} x={start + sign} y={y}>
        {name}
      </text>
      {text.times !== '' && (
        <text className="graph-small" x={start + sign + textWidth(name, 'text') + 6} y={y}>
          {text.times}
        </text>
      )}
      <text className="graph-small" x={width - 10} y={y} textAnchor="end">
        {text.duration}
      </text>
    </>
  )
}

/** What is not in the trace, in a dashed frame. */
export function ElsewhereDrawing(props: { readonly part: ElsewherePart; readonly rect: Rect }): ReactNode {
  const { part, rect } = props
  return (
    <>
      <rect className="box is-ghost" width={rect.width} height={rect.height} rx="6" />
      <TwoLines part={part} rect={rect} x={12} />
    </>
  )
}

/** What was called and has sent no spans: a database with its sign, a service in a dashed frame. */
export function ExternalDrawing(props: { readonly part: ExternalPart; readonly rect: Rect }): ReactNode {
  const { part, rect } = props
  if (!part.isDatabase) return <ElsewhereDrawing part={{ ...part, kind: 'elsewhere' }} rect={rect} />
  return (
    <>
      <rect className="box" width={rect.width} height={rect.height} rx="6" />
      <path className="graph-database" d="M11 13v14a6 2.5 0 0 0 12 0v-14M11 20a6 2.5 0 0 0 12 0" />
      <ellipse className="graph-database" cx="17" cy="13" rx="6" ry="2.5" />
      <TwoLines part={part} rect={rect} x={12 + databaseIconPx} />
    </>
  )
}

function TwoLines(props: {
  readonly part: { readonly title: string; readonly note: string }
  readonly rect: Rect
  readonly x: number
}): ReactNode {
  const { part, rect, x } = props
  const room = rect.width - x - 8
  return (
    <>
      <text className="graph-name" x={x} y="17">
        {cutText(part.title, 'name', room)}
      </text>
      <text className="graph-small" x={x} y="32">
        {cutText(part.note, 'small', room)}
      </text>
    </>
  )
}
