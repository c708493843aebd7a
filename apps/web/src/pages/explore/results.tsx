import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { TraceSearchResponse, TraceSummary } from '@waybill/api'
import type { ReactNode } from 'react'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { RequestError } from '../../api/request.ts'
import { Failed } from '../../shell/failures.tsx'
import { useKeys } from '../../ui/keys.ts'
import { count } from '../../ui/times.ts'
import { Marked } from './marked.tsx'
import { letterOf, readMarks, toggleMark } from './marks.ts'
import { NotAsked, NothingFound } from './nothing-found.tsx'
import { ResultRow } from './result-row.tsx'
import { ResultTable } from './result-table.tsx'
import type { ExploreChange, ExploreSearch } from './search.ts'
import { useSelection } from './selection.ts'

const views = ['list', 'table'] as const

/** The traces that were found, as a list or a table, and every state before and beside that. */
export function Results(props: {
  readonly search: ExploreSearch
  readonly traces: UseInfiniteQueryResult<InfiniteData<TraceSearchResponse>>
  readonly total: number | undefined
  readonly onShow: (change: ExploreChange) => void
  readonly onArrived: () => void
}): ReactNode {
  const { search, traces } = props
  const found = useMemo(() => distinct(traces.data?.pages.flatMap(page => page.traces) ?? []), [traces.data])
  const navigate = useNavigate()
  const place = useRef<HTMLDivElement>(null)
  const selection = useSelection(found.length)
  const selected = selection.index === undefined ? undefined : found[selection.index]
  const open = () => {
    if (selected !== undefined)
      void navigate({ to: '/trace/$traceId', params: { traceId: selected.traceId } })
  }
  const marks = useMemo(() => readMarks(search.marked), [search.marked])
  const latest = useRef(props)
  latest.current = props
  const mark = useCallback((traceId: string) => {
    const { search, onShow } = latest.current
    onShow({ marked: toggleMark(search.marked, traceId) })
  }, [])
  const compare = () => {
    const [a, b] = marks
    if (a !== undefined) void navigate({ to: '/compare', search: { a, ...(b !== undefined && { b }) } })
  }
  useKeys({
    title: 'Result',
    bindings: [
      { keys: ['j', 'ArrowDown'], label: 'Next trace', run: () => selection.move(1) },
      { keys: ['k', 'ArrowUp'], label: 'Trace before', run: () => selection.move(-1) },
      { keys: ['Enter'], label: 'Open the trace', run: open },
      { keys: ['c'], label: 'Mark the trace to compare it', run: () => selected && mark(selected.traceId) },
      { keys: ['C'], label: 'Compare the marked traces', run: compare },
    ],
  })
  useEffect(() => {
    if (selected !== undefined)
      place.current?.querySelector('[data-selected]')?.scrollIntoView({ block: 'nearest' })
  }, [selected])

  if (traces.isPending) return <Waiting />
  if (traces.error !== null && !isFault(traces.error))
    return (
      <div className="results">
        <Failed what="The search failed" error={traces.error} retry={() => void traces.refetch()} />
      </div>
    )
  if (found.length === 0)
    return (
      <div className="results">
        {traces.error === null ? (
          <NothingFound search={search} onShow={props.onShow} onArrived={props.onArrived} />
        ) : (
          <NotAsked onShow={props.onShow} />
        )}
      </div>
    )

  return (
    <div
      className="results"
      ref={place}
      data-stale={traces.isPlaceholderData || traces.error !== null || undefined}
    >
      <div className="results-head">
        <h1>{count(Math.max(props.total ?? 0, found.length), 'trace')}</h1>
        <Order sort={search.sort} onShow={props.onShow} />
        <span className="grow" />
        <Marked marks={marks} onClear={() => props.onShow({ marked: undefined })} />
        <fieldset className="toggles" aria-label="How the result is drawn">
          {views.map(view => (
            <button
              key={view}
              type="button"
              className="btn"
              aria-pressed={view === (search.view ?? 'list')}
              onClick={() => props.onShow({ view: view === 'table' ? 'table' : undefined })}
            >
              {view === 'table' ? 'Table' : 'List'}
            </button>
          ))}
        </fieldset>
      </div>
      {search.view === 'table' ? (
        <ResultTable traces={found} selectedId={selected?.traceId} marks={marks} onMark={mark} />
      ) : (
        <ul className="result-list">
          {found.map(trace => (
            <ResultRow
              key={trace.traceId}
              trace={trace}
              selected={trace === selected}
              letter={letterOf(marks, trace.traceId)}
              onMark={mark}
            />
          ))}
        </ul>
      )}
      <More traces={traces} shown={found.length} />
    </div>
  )
}

function Order(props: {
  readonly sort: ExploreSearch['sort']
  readonly onShow: (change: ExploreChange) => void
}): ReactNode {
  return (
    <select
      className="order"
      aria-label="Order of the traces"
      value={props.sort ?? 'newest'}
      onChange={event => props.onShow({ sort: event.target.value === 'slowest' ? 'slowest' : undefined })}
    >
      <option value="newest">newest first</option>
      <option value="slowest">slowest first</option>
    </select>
  )
}

function More(props: {
  readonly traces: UseInfiniteQueryResult<InfiniteData<TraceSearchResponse>>
  readonly shown: number
}): ReactNode {
  const { traces, shown } = props
  if (!traces.hasNextPage)
    return <p className="results-end faint">{count(shown, 'trace')} shown, none beyond</p>
  return (
    <div className="results-end">
      <button
        type="button"
        className="btn"
        disabled={traces.isFetchingNextPage}
        onClick={() => void traces.fetchNextPage()}
      >
        {traces.isFetchingNextPage ? 'Loading…' : 'Load more'}
      </button>
      {traces.isFetchNextPageError && (
        <span className="err">The next page did not come: {traces.error?.message}</span>
      )}
    </div>
  )
}

/** Rows without content: the page keeps its shape while the first answer is on its way. */
function Waiting(): ReactNode {
  return (
    <div className="results" aria-busy="true">
      <div className="results-head">
        <output className="heard">searching</output>
      </div>
      {[0, 1, 2, 3, 4, 5].map(row => (
        <div key={row} className="result is-waiting" aria-hidden>
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  )
}

/** A query that cannot be read is said at the query's box, not in place of the result. */
function isFault(error: Error): boolean {
  return error instanceof RequestError && error.position !== undefined
}

/** Between two pages a trace may have moved from one to the other. */
function distinct(traces: readonly TraceSummary[]): readonly TraceSummary[] {
  const seen = new Set<string>()
  return traces.filter(trace => !seen.has(trace.traceId) && seen.add(trace.traceId))
}
