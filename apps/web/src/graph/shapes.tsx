import type { ReactNode } from 'react'
import { serviceColour } from '../ui/service.tsx'
import type { PlacedTie } from './layout.ts'
import { cutText, textWidth } from './text.ts'
import type { Size } from './view.ts'

export const cylinderHeightPx = 46
/** Half of the width of a cylinder's round end. */
const endPx = 13
const leastCylinderPx = 130
const mostTextPx = 240

/** How wide the cylinder of a destination has to be for its two lines. */
export function cylinderWidth(title: string, note: string): number {
  const text = Math.min(mostTextPx, Math.max(textWidth(title, 'mono'), textWidth(note, 'small')))
  return Math.ceil(Math.max(leastCylinderPx, text + endPx * 3 + 14))
}

/**
 * A destination: a topic, a queue, lying down as messages go through it.
 *
 * @param props.share how much of its length is hatched for waiting, 0 to 1.
 */
export function Cylinder(props: {
  readonly size: Size
  readonly title: string
  readonly note: string
  readonly share: number
  readonly failed?: boolean
}): ReactNode {
  const { width, height } = props.size
  const rx = endPx
  const ry = height / 2
  const straight = width - 2 * rx
  const room = width - rx * 3 - 10
  const hatched = props.share <= 0 ? 0 : Math.max(3, Math.min(1, props.share) * (straight - rx))
  return (
    <g className="cylinder" data-failed={props.failed || undefined}>
      <path
        className="cylinder-body"
        d={`M${rx} 0h${straight}a${rx} ${ry} 0 0 1 0 ${height}h${-straight}a${rx} ${ry} 0 0 1 0 ${-height}z`}
      />
      <path className="cylinder-end" d={`M${width - rx} 0a${rx} ${ry} 0 0 0 0 ${height}`} />
      <rect className="graph-wait" x={rx} y={height - 9} width={hatched} height="4" fill="url(#graph-wait)" />
      <text className="graph-mono" x={rx + 4} y="18">
        {cutText(props.title, 'mono', room)}
      </text>
      <text className="graph-small is-wait" x={rx + 4} y="32">
        {cutText(props.note, 'small', room)}
      </text>
    </g>
  )
}

/** The square that stands beside a service's name. */
export function ServiceMark(props: {
  readonly name: string
  readonly x: number
  readonly y: number
}): ReactNode {
  return <rect x={props.x} y={props.y} width="8" height="8" rx="2" fill={serviceColour(props.name)} />
}

/** How a line is drawn: `solid` for a parent, `dashed` for a link, `dotted` for what was inferred. */
export type TieStyle = 'solid' | 'dashed' | 'dotted'

/** A line with a head. `widthPx` 1.4 where absent. */
export function TieLine(props: {
  readonly tie: Pick<PlacedTie, 'path'>
  readonly style: TieStyle
  readonly failed?: boolean
  readonly dimmed?: boolean
  readonly widthPx?: number
}): ReactNode {
  return (
    <path
      className={`tie is-${props.style}`}
      data-failed={props.failed || undefined}
      data-dimmed={props.dimmed || undefined}
      strokeWidth={props.widthPx ?? 1.4}
      markerEnd={`url(#graph-head${props.failed ? '-failed' : ''})`}
      d={props.tie.path}
    />
  )
}

/** The size that a line's label takes, in one line or several. */
export function labelSize(lines: readonly string[]): Size {
  const width = Math.max(...lines.map(line => textWidth(line, 'small')))
  return { width: Math.ceil(width) + 6, height: lines.length * 14 + 2 }
}

/** A line's label, in the middle of the place that was kept for it. */
export function TieLabel(props: {
  readonly tie: PlacedTie
  readonly lines: readonly string[]
  readonly failed?: boolean
  readonly dimmed?: boolean
}): ReactNode {
  const { x, y } = props.tie.label
  const size = labelSize(props.lines)
  const top = y - size.height / 2
  return (
    <g
      className="tie-label"
      data-failed={props.failed || undefined}
      data-dimmed={props.dimmed || undefined}
      aria-hidden
    >
      <rect x={x - size.width / 2} y={top} width={size.width} height={size.height} rx="3" />
      {props.lines.map((line, index) => (
        <text key={line} className="graph-small" x={x} y={top + 12 + index * 14} textAnchor="middle">
          {line}
        </text>
      ))}
    </g>
  )
}
