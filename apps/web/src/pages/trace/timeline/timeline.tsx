import { useVirtualizer } from '@tanstack/react-virtual'
import type { CSSProperties, ReactNode } from 'react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { filterRows, parseFilter } from '../../../timeline/filter.ts'
import { drawnAt, makeScale, nanoAt } from '../../../timeline/scale.ts'
import { axisTicks } from '../../../timeline/ticks.ts'
import type { Collapsed } from '../../../timeline/visible.ts'
import { reveal, rowStates, toggleRow, visibleRows } from '../../../timeline/visible.ts'
import type { DrawnWindow } from '../../../timeline/window.ts'
import { isWhole, wholeWindow, windowBetween } from '../../../timeline/window.ts'
import type { TraceModel } from '../model.ts'
import { rowKey } from '../model.ts'
import type { TraceSearch } from '../search.ts'
import { readZoom, writeZoom } from '../search.ts'
import type { TraceChange } from '../state.ts'
import { Axis, Grid } from './axis.tsx'
import { Minimap } from './minimap.tsx'
import { NameColumn, useNameWidth } from './name-column.tsx'
import { rowHeightPx, TimelineRow } from './row.tsx'
import { useTimelineKeys } from './timeline-keys.ts'
import { useInnerWidth, useLaneDrag, useLaneWheel } from './zooming.ts'
import './timeline.css'

/** How many rows are drawn beyond what is seen. */
const overscan = 14

/** The rows of a trace along one axis of time: a treegrid of which only what is seen is drawn. */
export function Timeline(props: {
  readonly model: TraceModel
  readonly state: TraceSearch
  readonly onChange: (change: TraceChange) => void
}): ReactNode {
  const { model, state, onChange } = props
  const { rows } = model.tree
  const [collapsed, setCollapsed] = useCollapsed(model)
  const [nameWidth, setNameWidth] = useNameWidth()
  const scroller = useRef<HTMLDivElement>(null)
  const { innerPx, scrollbarPx } = useInnerWidth(scroller)
  const laneWidthPx = Math.max(innerPx - nameWidth, 0)

  const filter = useMemo(() => parseFilter(state.filter ?? ''), [state.filter])
  const states = useMemo(() => (filter === undefined ? undefined : filterRows(rows, filter)), [rows, filter])
  const visible = useMemo(() => visibleRows(rows, collapsed, states), [rows, collapsed, states])
  const places = useMemo(() => new Map(visible.map((index, place) => [index, place])), [visible])

  const folds = state.fold === 'off' ? undefined : model.gaps
  const scale = useMemo(() => makeScale(model.whole, folds), [model, folds])
  const window = useMemo((): DrawnWindow => {
    const zoom = readZoom(state.zoom)
    if (zoom === undefined) return wholeWindow
    return windowBetween(drawnAt(scale, zoom.startNano), drawnAt(scale, zoom.endNano)) ?? wholeWindow
  }, [scale, state.zoom])
  const showWindow = (next: DrawnWindow | undefined) =>
    onChange({
      zoom:
        next === undefined || isWhole(next)
          ? undefined
          : writeZoom({ startNano: nanoAt(scale, next.from), endNano: nanoAt(scale, next.to) }),
    })
  const lane = useMemo(() => ({ scale, window, widthPx: laneWidthPx }), [scale, window, laneWidthPx])
  const ticks = useMemo(() => axisTicks(scale, window, laneWidthPx), [scale, window, laneWidthPx])

  const selected = state.span === undefined ? undefined : model.rowOfKey.get(state.span)
  const [cursor, setCursor] = useState(selected ?? 0)
  const active = selected ?? (places.has(cursor) ? cursor : visible[0])
  const virtual = useVirtualizer({
    count: visible.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan,
  })

  // A link may lead to a row that is folded away.
  useEffect(() => {
    if (selected !== undefined) setCollapsed(before => reveal(rows, before, selected))
  }, [rows, selected, setCollapsed])
  const place = active === undefined ? undefined : places.get(active)
  useEffect(() => {
    if (place !== undefined) virtual.scrollToIndex(place, { align: 'auto' })
  }, [place, virtual])

  const latest = useRef({ onChange, rows })
  latest.current = { onChange, rows }
  const select = useCallback((index: number) => {
    const row = latest.current.rows[index]
    setCursor(index)
    if (row !== undefined) latest.current.onChange({ span: rowKey(row) })
  }, [])
  const toggle = useCallback(
    (index: number) => setCollapsed(before => toggleRow(before, index)),
    [setCollapsed],
  )
  useTimelineKeys({
    rows,
    visible,
    places,
    active,
    collapsed,
    window,
    onMove: index => (selected === undefined ? setCursor(index) : select(index)),
    onOpen: select,
    onCollapsed: setCollapsed,
    onWindow: showWindow,
    onScroll: pages => scroller.current?.scrollBy({ top: pages * scroller.current.clientHeight }),
  })
  const drag = useLaneDrag(window, nameWidth, laneWidthPx, showWindow)
  useLaneWheel(scroller, window, nameWidth, laneWidthPx, showWindow)

  const step = Math.max(Math.min(14, (0.5 * nameWidth) / Math.max(model.deepest, 1)), 3)
  return (
    <div
      className="timeline"
      style={{ '--name-width': `${nameWidth}px`, '--scrollbar-width': `${scrollbarPx}px` } as CSSProperties}
    >
      <div className="timeline-head">
        <div className="timeline-corner" />
        <Minimap model={model} scale={scale} window={window} widthPx={laneWidthPx} onChange={showWindow} />
        <div className="timeline-names">
          Service and operation
          {states !== undefined && <FilterFigures states={states} />}
        </div>
        <Axis ticks={ticks} />
      </div>
      <div
        ref={scroller}
        className="timeline-rows"
        role="treegrid"
        aria-label="Spans and messages"
        aria-rowcount={visible.length + 1}
        aria-activedescendant={active === undefined ? undefined : `row-${active}`}
        tabIndex={0}
        {...drag.handlers}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: rows are placed by the virtual list, which a table cannot do */}
        <div className="timeline-canvas" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          <Grid ticks={ticks} />
          {virtual.getVirtualItems().map(item => {
            const index = visible[item.index] as number
            const depth = rows[index]?.depth ?? 0
            return (
              <TimelineRow
                key={index}
                model={model}
                index={index}
                place={item.index}
                indentPx={Math.min(depth * step, 0.6 * nameWidth)}
                lane={lane}
                active={index === active}
                selected={index === selected}
                collapsed={collapsed.has(index)}
                dimmed={states !== undefined && states[index] === rowStates.ancestor}
                showPath={state.path !== 'off'}
                onSelect={select}
                onToggle={toggle}
              />
            )
          })}
          {drag.shown && (
            <span className="lane-window" style={{ left: drag.shown.leftPx, width: drag.shown.widthPx }} />
          )}
        </div>
        {visible.length === 0 && <p className="timeline-none dim">No span matches the filter.</p>}
      </div>
      <NameColumn width={nameWidth} onChange={setNameWidth} />
    </div>
  )
}

/** The folded rows. They stay folded, by what names them, where the trace has grown in the meantime. */
function useCollapsed(
  model: TraceModel,
): readonly [Collapsed, (next: Collapsed | ((before: Collapsed) => Collapsed)) => void] {
  const [state, setState] = useState<{ readonly of: TraceModel; readonly rows: Collapsed }>({
    of: model,
    rows: new Set(),
  })
  let { rows } = state
  if (state.of !== model) {
    const keys = [...rows].flatMap(index => {
      const row = state.of.tree.rows[index]
      return row === undefined ? [] : [rowKey(row)]
    })
    rows = new Set(keys.map(key => model.rowOfKey.get(key)).filter(index => index !== undefined))
    setState({ of: model, rows })
  }
  const set = useCallback(
    (next: Collapsed | ((before: Collapsed) => Collapsed)) =>
      setState(before => ({ of: before.of, rows: typeof next === 'function' ? next(before.rows) : next })),
    [],
  )
  return [rows, set]
}

function FilterFigures({ states }: { readonly states: Uint8Array }): ReactNode {
  const matching = states.reduce((sum, state) => sum + (state === rowStates.match ? 1 : 0), 0)
  return (
    <output className="faint">
      {matching.toLocaleString('en')} of {states.length.toLocaleString('en')} rows match
    </output>
  )
}
