import type { ReactNode } from 'react'
import type { LabelPlace } from '../../../timeline/label.ts'
import { labelWidthPx, placeLabel } from '../../../timeline/label.ts'
import { serviceColour } from '../../../ui/service.tsx'
import type { Row, TraceModel } from '../model.ts'
import { barText, shortBarText } from '../row-text.ts'
import type { BarEnds, Lane } from './bars.ts'
import { barEnds, barStyle, isOnLane } from './bars.ts'

/** A row's bar and its label. */
export function LaneOf(props: {
  readonly row: Row
  readonly index: number
  readonly model: TraceModel
  readonly lane: Lane
  readonly showPath: boolean
}): ReactNode {
  const { row, model, lane } = props
  const ends = barEnds(lane, row)
  const { text, place } = labelOf(row, model, ends, lane.widthPx)
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed by the virtual list, which a table cannot do
    // biome-ignore lint/a11y/useFocusableInteractive: the treegrid has the focus and names the active row
    <div role="gridcell" className="lane">
      {isOnLane(ends) && <Bar row={row} ends={ends} />}
      {props.showPath && row.kind === 'span' && (
        <CriticalParts index={props.index} model={model} lane={lane} />
      )}
      {isOnLane(ends) && (
        <span className="bar-label" data-side={place.side} style={labelStyle(place)}>
          {text}
        </span>
      )}
    </div>
  )
}

/** The label and its place; a shorter one where the whole would hide the bar. */
function labelOf(
  row: Row,
  model: TraceModel,
  ends: BarEnds,
  widthPx: number,
): { readonly text: string; readonly place: LabelPlace } {
  const from = ends.from * widthPx
  const to = ends.to * widthPx
  const text = barText(row, model)
  const place = placeLabel(from, to, widthPx, text, row.kind !== 'span')
  const hidesBar = place.side === 'inside' && labelWidthPx(text) > Math.min(to, widthPx) - Math.max(from, 0)
  if (!hidesBar) return { text, place }
  const short = shortBarText(row)
  return { text: short, place: placeLabel(from, to, widthPx, short, false) }
}

function Bar({ row, ends }: { readonly row: Row; readonly ends: BarEnds }): ReactNode {
  const style = barStyle(ends)
  if (row.kind === 'missing') return <div className="bar is-missing" style={style} />
  if (row.kind === 'message')
    return (
      <div className={row.segment.waitedNano < 0 ? 'bar is-backward' : 'bar is-message wait'} style={style} />
    )
  const failed = row.span.status.code === 'error'
  return (
    <div
      className="bar"
      style={{ ...style, background: failed ? 'var(--error)' : serviceColour(row.span.service) }}
    />
  )
}

function CriticalParts(props: {
  readonly index: number
  readonly model: TraceModel
  readonly lane: Lane
}): ReactNode {
  return props.model
    .findings()
    .critical.get(props.index)
    ?.map(part => {
      const ends = barEnds(props.lane, part)
      return isOnLane(ends) ? <div key={part.startNano} className="critical" style={barStyle(ends)} /> : null
    })
}

function labelStyle(place: LabelPlace): Readonly<Record<string, number>> {
  return place.side === 'before' ? { right: place.at } : { left: place.at }
}
