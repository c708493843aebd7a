import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useEffect, useMemo } from 'react'
import { Failed } from '../../shell/failures.tsx'
import { InTopBar } from '../../shell/top-bar.tsx'
import { rangeOf } from '../explore/search.ts'
import { TimeRange } from '../explore/time-range.tsx'
import { MapView } from './map-view.tsx'
import { NothingMapped } from './nothing-mapped.tsx'
import type { MapChange } from './search.ts'
import { changedMap } from './search.ts'
import { useMap } from './use-map.ts'
import './map.css'

const route = getRouteApi('/map')

/** The page that shows who talks to whom, through which topic or queue. All that it shows is in its address. */
export function MapPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { last, start, end } = search
  const range = useMemo(() => {
    const { q: _, ...own } = rangeOf({
      ...(last !== undefined && { last }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
    })
    return own
  }, [last, start, end])
  const answer = useMap(range)
  useEffect(() => {
    document.title = 'Map · Waybill'
  }, [])
  const show = (change: MapChange) =>
    void navigate({ search: before => changedMap(before, change), replace: 'find' in change })

  return (
    <div className="map-page">
      <InTopBar>
        <TimeRange range={search} onChange={show} />
      </InTopBar>
      {answer.state === 'failed' && (
        <Failed what="The map could not be read" error={answer.error} retry={answer.retry} />
      )}
      {answer.state === 'waiting' && (
        <output className="map-waiting faint">reading who talks to whom …</output>
      )}
      {answer.state === 'there' &&
        (answer.map.nodes.length === 0 ? (
          <NothingMapped search={search} onShow={show} />
        ) : (
          <MapView map={answer.map} notes={answer.notes} search={search} onShow={show} />
        ))}
    </div>
  )
}
