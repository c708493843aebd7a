import type { Span } from '@waybill/model'
import { CircleAlert, Link2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { memo } from 'react'
import { languageOf } from '../../../ui/language.ts'
import { ServiceDot, WaitDot } from '../../../ui/service.tsx'
import type { Row, TraceModel } from '../model.ts'
import { rowTitle } from '../row-text.ts'
import type { Lane } from './bars.ts'
import { LaneOf } from './lane.tsx'

export const rowHeightPx = 26

/** One row of the timeline: its name in the tree, its bar on the lane. */
export const TimelineRow = memo(function TimelineRow(props: {
  readonly model: TraceModel
  readonly index: number
  /** Place among the rows that are shown. */
  readonly place: number
  readonly indentPx: number
  readonly lane: Lane
  /** The row that keys act on. */
  readonly active: boolean
  /** The row whose details are shown. */
  readonly selected: boolean
  readonly collapsed: boolean
  /** Kept for what is below it, while it does not match the filter itself. */
  readonly dimmed: boolean
  readonly showPath: boolean
  readonly onSelect: (index: number) => void
  readonly onToggle: (index: number) => void
}): ReactNode {
  const { model, index, place, collapsed } = props
  const row = model.tree.rows[index]
  if (row === undefined) return null
  const parent = row.end > index + 1
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the treegrid handles the keys of all its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the treegrid has the focus and names the active row
    // biome-ignore lint/a11y/useSemanticElements: rows are placed by the virtual list, which a table cannot do
    <div
      role="row"
      id={`row-${index}`}
      className={`row is-${row.kind}`}
      aria-level={row.depth + 1}
      aria-rowindex={place + 2}
      aria-selected={props.selected}
      aria-expanded={parent ? !collapsed : undefined}
      data-active={props.active || undefined}
      data-dimmed={props.dimmed || undefined}
      style={{ transform: `translateY(${place * rowHeightPx}px)` }}
      onClick={() => props.onSelect(index)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: see the row */}
      <div role="gridcell" className="row-name" style={{ paddingLeft: 12 + props.indentPx }}>
        <button
          type="button"
          tabIndex={-1}
          className="fold"
          aria-hidden
          data-parent={parent || undefined}
          onClick={event => {
            event.stopPropagation()
            if (parent) props.onToggle(index)
          }}
        >
          {parent ? (collapsed ? '▸' : '▾') : ''}
        </button>
        <RowName row={row} model={model} />
        {collapsed && <Hidden row={row} count={row.end - index - 1} />}
      </div>
      <LaneOf row={row} index={index} model={model} lane={props.lane} showPath={props.showPath} />
    </div>
  )
})

function RowName({ row, model }: { readonly row: Row; readonly model: TraceModel }): ReactNode {
  const title = rowTitle(row)
  if (row.kind === 'message')
    return (
      <>
        <WaitDot />
        <span className="row-message mono" title={title}>
          {title}
        </span>
      </>
    )
  if (row.kind === 'missing')
    return (
      <>
        <span className="dot is-missing" aria-hidden />
        <span className="row-operation">missing parent</span>
        <span className="mono faint">{title.slice(0, 8)}</span>
      </>
    )
  const failed = row.span.status.code === 'error'
  const links = row.span.links.length + (backlinks(model).get(row.span.spanId) ?? 0)
  return (
    <>
      <ServiceDot name={row.span.service} />
      <span className="row-service" title={serviceTitle(row.span, model)}>
        {row.span.service || 'no service'}
      </span>
      <span className="row-operation" data-failed={failed || undefined} title={title}>
        {failed && <CircleAlert size={12} aria-label="failed" />}
        {title}
      </span>
      {links > 0 && (
        <span className="row-links" title={`${links} linked`}>
          <Link2 size={12} aria-hidden />
          {links}
        </span>
      )}
    </>
  )
}

/** A service and the language it is written in, for the colour of its dot does not tell. */
function serviceTitle(span: Span, model: TraceModel): string {
  const language = languageOf(model.response.trace.resources[span.resource]?.attributes ?? [])
  const service = span.service || 'no service'
  return language === undefined ? service : `${service} · ${language}`
}

/** What a collapsed row hides: how many rows, and whether any of them failed. */
function Hidden(props: { readonly row: Row; readonly count: number }): ReactNode {
  const { descendantErrors } = props.row
  return (
    <>
      <span className="row-hidden">+{props.count.toLocaleString('en')}</span>
      {descendantErrors > 0 && (
        <span className="row-errors" title={`${descendantErrors} failed below`}>
          <CircleAlert size={12} aria-label="failed below:" />
          {descendantErrors}
        </span>
      )}
    </>
  )
}

const counts = new WeakMap<TraceModel, ReadonlyMap<string, number>>()

/** How many links from elsewhere point at each span. */
function backlinks(model: TraceModel): ReadonlyMap<string, number> {
  let found = counts.get(model)
  if (found === undefined) {
    const made = new Map<string, number>()
    for (const link of model.response.linksFrom) made.set(link.to, (made.get(link.to) ?? 0) + 1)
    counts.set(model, made)
    found = made
  }
  return found
}
