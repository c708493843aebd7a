import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { statusQuestion } from '../../api/questions.ts'
import { rangeText } from '../explore/range-text.ts'
import type { MapChange, MapSearch } from './search.ts'

/** How often the server is asked for a first span, in milliseconds. */
const askAgainMs = 2000

/** Nobody talks to anybody in this range: what to do next. */
export function NothingMapped(props: {
  readonly search: MapSearch
  readonly onShow: (change: MapChange) => void
}): ReactNode {
  const status = useQuery({
    ...statusQuestion,
    staleTime: 0,
    refetchInterval: query => (query.state.data?.spansStored === 0 ? askAgainMs : false),
  })
  const isEmpty = status.data?.spansStored === 0
  const { search } = props
  return (
    <div className="notice">
      <h2>{isEmpty ? 'No span has arrived yet' : 'No service in this range'}</h2>
      <p className="dim">
        {isEmpty
          ? 'The map draws itself from spans: who calls whom, and who sends to which topic or queue. Explore says how to send a first one.'
          : `No span of a server, a producer or a consumer is stored for this time: ${rangeText(search).replace(/^Last/, 'last')}.`}
      </p>
      <div className="actions">
        {isEmpty ? (
          <Link to="/" className="btn">
            Send a first span
          </Link>
        ) : (
          search.last !== '7d' && (
            <button
              type="button"
              className="btn"
              onClick={() => props.onShow({ last: '7d', start: undefined, end: undefined })}
            >
              Show the last 7 days
            </button>
          )
        )}
      </div>
    </div>
  )
}
