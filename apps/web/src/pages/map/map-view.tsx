import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMemo, useRef } from 'react'
import { saveFile, svgDocument } from '../../graph/export.ts'
import type { LegendEntry } from '../../graph/legend.tsx'
import { GraphLegend } from '../../graph/legend.tsx'
import { useKeys } from '../../ui/keys.ts'
import { isFound, mostNodes, shownMap } from './focus.ts'
import { MapDetails } from './map-details.tsx'
import { MapGraph } from './map-graph.tsx'
import { MapTable } from './map-table.tsx'
import type { ServiceMap } from './model.ts'
import type { MapChange, MapSearch } from './search.ts'
import { focusDepths } from './search.ts'

/** A map that is there: what narrows it, the graph or the table, and what is known of the focused node. */
export function MapView(props: {
  readonly map: ServiceMap
  readonly notes: readonly string[]
  readonly search: MapSearch
  readonly onShow: (change: MapChange) => void
}): ReactNode {
  const { map, search, onShow } = props
  const box = useRef<HTMLInputElement>(null)
  const view = useRef<HTMLDivElement>(null)
  const depth = Number(search.depth ?? 1)
  const shown = useMemo(() => shownMap(map, search.focus, depth), [map, search.focus, depth])
  const focused = map.nodes.find(node => node.id === search.focus)
  const focus = (id: string | undefined) =>
    onShow({ focus: id, ...(id === undefined && { depth: undefined }) })
  const find = search.find ?? ''
  const first = find.trim() === '' ? undefined : shown?.nodes.find(node => isFound(node, find))
  const back = () => {
    if (search.focus !== undefined) focus(undefined)
    else if (search.find !== undefined) onShow({ find: undefined })
  }
  useKeys({
    title: 'Map',
    bindings: [
      { keys: ['f'], label: 'Find a service or destination', run: () => box.current?.focus() },
      {
        keys: ['t'],
        label: 'Graph or table',
        run: () => onShow({ view: search.view ? undefined : 'table' }),
      },
      { keys: ['Escape'], label: 'Back: from the focus, the finding', run: back },
    ],
  })
  const save = () => {
    const drawing = view.current?.querySelector<SVGSVGElement>('.graph > svg')
    const group = drawing?.querySelector<SVGGElement>('[data-graph]')
    if (!drawing || !group) return
    const { width, height } = group.getBBox()
    saveFile(svgDocument(drawing, { width: width + 48, height: height + 48 }), 'map.svg', 'image/svg+xml')
  }
  return (
    <>
      <div className="map-bar">
        <label className="filter">
          <span className="heard">Find a service or destination</span>
          <input
            ref={box}
            type="search"
            placeholder="Find"
            value={find}
            onChange={event => onShow({ find: event.target.value })}
            onKeyDown={event => {
              if (event.key === 'Enter' && first !== undefined) focus(first.id)
              if (event.key === 'Escape' && find !== '') onShow({ find: undefined })
              if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur()
            }}
          />
          {find === '' && <kbd aria-hidden>f</kbd>}
        </label>
        <button
          type="button"
          className="btn"
          aria-pressed={search.view === 'table'}
          onClick={() => onShow({ view: search.view ? undefined : 'table' })}
        >
          Table
        </button>
        {search.focus !== undefined && (
          <Focus
            name={focused?.name ?? search.focus.split(' ').at(-1) ?? ''}
            depth={depth}
            onDepth={next => onShow({ depth: next === 1 ? undefined : (String(next) as '2' | '3') })}
            onLeave={() => focus(undefined)}
          />
        )}
        <span className="grow" />
        <GraphLegend entries={legendOf(map)} />
        {search.view === undefined && shown !== undefined && (
          <button type="button" className="btn" title="Save the map as an SVG picture" onClick={save}>
            Export
          </button>
        )}
      </div>
      <Notes map={map} shown={shown} notes={props.notes} />
      {shown === undefined ? (
        <div className="notice">
          <h2>Nothing of it in this range</h2>
          <p className="dim">
            No span or message of <b>{search.focus}</b> is stored for this time. Choose a longer one above, or
          </p>
          <div className="actions">
            <button type="button" className="btn" onClick={() => focus(undefined)}>
              Show all of the map
            </button>
          </div>
        </div>
      ) : (
        <div className="map-body" data-panel={focused !== undefined || undefined} ref={view}>
          {search.view === 'table' ? (
            <MapTable map={shown} onFocus={focus} />
          ) : (
            <MapGraph
              map={shown}
              focus={search.focus}
              find={find}
              onPress={id => focus(id === search.focus ? undefined : id)}
            />
          )}
          {focused !== undefined && <MapDetails map={map} node={focused} range={search} onFocus={focus} />}
        </div>
      )}
    </>
  )
}

/** Says what the map is narrowed to, how far around it, and leads back. */
function Focus(props: {
  readonly name: string
  readonly depth: number
  readonly onDepth: (depth: number) => void
  readonly onLeave: () => void
}): ReactNode {
  return (
    <>
      <button
        type="button"
        className="pill map-focus"
        aria-label={`Focus: ${props.name}. Show all of the map`}
        onClick={props.onLeave}
      >
        focus: {props.name}
        <X size={11} aria-hidden />
      </button>
      <label className="map-depth">
        steps
        <select value={props.depth} onChange={event => props.onDepth(Number(event.target.value))}>
          {focusDepths.map(depth => (
            <option key={depth} value={depth}>
              {depth}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

function Notes(props: {
  readonly map: ServiceMap
  readonly shown: ServiceMap | undefined
  readonly notes: readonly string[]
}): ReactNode {
  const { map, shown } = props
  const cut =
    shown !== undefined && shown.nodes.length === mostNodes && map.nodes.length > mostNodes
      ? [`the ${mostNodes} busiest of ${map.nodes.length}: focus one to see all around it`]
      : []
  const notes = [...cut, ...props.notes]
  return notes.length === 0 ? null : <p className="map-notes faint">{notes.join(' · ')}</p>
}

function legendOf(map: ServiceMap): readonly LegendEntry[] {
  const hasDashed = map.ties.some(({ kind }) => kind === 'route' || kind === 'message')
  const hasFailed =
    map.ties.some(tie => (tie.errors ?? 0) > 0) ||
    map.nodes.some(node => node.kind === 'service' && node.errors > 0)
  const hasWaits = map.nodes.some(node => node.kind === 'destination' && node.p95Nano !== undefined)
  return [
    { kind: 'tie', style: 'solid', text: 'width: rate' },
    ...(hasDashed ? [{ kind: 'tie', style: 'dashed', text: 'no span names the way' } as const] : []),
    ...(hasFailed ? [{ kind: 'tie', style: 'solid', failed: true, text: 'some fail' } as const] : []),
    ...(hasWaits ? [{ kind: 'wait', text: 'waiting, of the longest' } as const] : []),
  ]
}
