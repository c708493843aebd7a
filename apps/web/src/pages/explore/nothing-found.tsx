import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { statusQuestion } from '../../api/questions.ts'
import { rangeText } from './range-text.ts'
import type { ExploreChange, ExploreSearch } from './search.ts'
import { toLast } from './search.ts'

const FirstVisit = lazy(() => import('./first-visit.tsx').then(module => ({ default: module.FirstVisit })))

/** How often the server is asked whether a first span has arrived, in milliseconds. */
const askAgainMs = 1000

/** No trace matches: what to do next. Where nothing is stored at all, how to send a first span. */
export function NothingFound(props: {
  readonly search: ExploreSearch
  readonly onShow: (change: ExploreChange) => void
  /** Called when the first span has arrived while this was shown. */
  readonly onArrived: () => void
}): ReactNode {
  const status = useQuery({
    ...statusQuestion,
    staleTime: 0,
    refetchInterval: query => (query.state.data?.spansStored === 0 ? askAgainMs : false),
  })
  const stored = status.data?.spansStored
  const wasEmpty = useRef(false)
  const { onArrived } = props
  useEffect(() => {
    if (stored === 0) wasEmpty.current = true
    else if (stored !== undefined && wasEmpty.current) {
      wasEmpty.current = false
      onArrived()
    }
  }, [stored, onArrived])
  if (status.isPending) return null
  if (status.data !== undefined && stored === 0)
    return (
      <Suspense>
        <FirstVisit status={status.data} />
      </Suspense>
    )

  const { search } = props
  return (
    <div className="notice">
      <h2>No trace matches</h2>
      <p className="dim">
        {search.q === undefined
          ? 'No span arrived in this range: '
          : 'Nothing in this range answers the query: '}
        {rangeText(search).toLowerCase()}.
      </p>
      <div className="actions">
        {search.last !== '7d' && (
          <button type="button" className="btn" onClick={() => props.onShow(toLast('7d'))}>
            Search the last 7 days
          </button>
        )}
        {search.q !== undefined && <ClearQuery onShow={props.onShow} />}
      </div>
    </div>
  )
}

/** The query has a fault, which is told where the query is; before it nothing was shown that could stay. */
export function NotAsked(props: { readonly onShow: (change: ExploreChange) => void }): ReactNode {
  return (
    <div className="notice">
      <h2>The query cannot be read</h2>
      <p className="dim">It is underlined where it ceases to be one. Mend it there, or clear it.</p>
      <div className="actions">
        <ClearQuery onShow={props.onShow} />
      </div>
    </div>
  )
}

function ClearQuery(props: { readonly onShow: (change: ExploreChange) => void }): ReactNode {
  return (
    <button type="button" className="btn" onClick={() => props.onShow({ q: undefined })}>
      Clear the query
    </button>
  )
}
