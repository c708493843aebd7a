import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { traceIdOf } from '@waybill/query-language'
import type { ReactNode } from 'react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { facetsQuestion, histogramQuestion, tracesQuestion } from '../../api/questions.ts'
import { rememberExplore, useQueryAsked } from '../../shell/last-explore.ts'
import { InTopBar } from '../../shell/top-bar.tsx'
import { toggleTerm } from '../../ui/narrow.ts'
import { Facets } from './facets.tsx'
import { Histogram } from './histogram.tsx'
import { QueryBar } from './query-bar.tsx'
import type { QueryBoxHandle } from './query-box/query-box.tsx'
import { Results } from './results.tsx'
import type { ExploreChange } from './search.ts'
import { changed, rangeOf } from './search.ts'
import { TimeRange } from './time-range.tsx'
import './explore.css'
import './results.css'

const route = getRouteApi('/')

/** The page that finds traces: query, histogram, facets, result. All that it shows is in its address. */
export function Explore(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [run, setRun] = useState(0)
  const box = useRef<QueryBoxHandle>(null)
  useEffect(() => rememberExplore(search), [search])
  useEffect(() => {
    document.title = search.q === undefined ? 'Explore · Waybill' : `${search.q} · Waybill`
  }, [search.q])

  const range = useMemo(() => rangeOf(search), [search])
  const traces = useInfiniteQuery(tracesQuestion(range, run, search.sort))
  const histogram = useQuery(histogramQuestion(range, run))
  const facets = useQuery(facetsQuestion(range, run))

  const show = (change: ExploreChange) => void navigate({ search: before => changed(before, change) })
  const ask = (text: string) => {
    const q = text.trim()
    const traceId = traceIdOf(q)
    if (traceId !== undefined) void navigate({ to: '/trace/$traceId', params: { traceId }, search: {} })
    else if (q === (search.q ?? '')) setRun(run + 1)
    else show({ q })
  }
  useQueryAsked(() => box.current?.focus())

  const nothingInCommon =
    search.q === undefined && facets.data?.facets.every(facet => facet.values.length === 0) === true

  return (
    <div className="explore">
      <InTopBar>
        <TimeRange range={search} onChange={show} />
      </InTopBar>
      <QueryBar
        query={search.q ?? ''}
        range={range}
        error={traces.error}
        total={histogram.data?.total}
        tookMs={traces.data?.pages[0]?.tookMs}
        asking={traces.isFetching}
        box={box}
        onRun={ask}
      />
      <Histogram
        histogram={histogram.data}
        onNarrow={(startUnixMs, endUnixMs) =>
          show({
            last: undefined,
            start: new Date(startUnixMs).toISOString(),
            end: new Date(endUnixMs).toISOString(),
          })
        }
      />
      <div className="columns" data-bare={nothingInCommon || undefined}>
        <Facets
          facets={facets.data}
          query={search.q ?? ''}
          onToggle={term => show({ q: toggleTerm(search.q ?? '', term) })}
          onQuery={q => show({ q })}
        />
        <Results
          search={search}
          traces={traces}
          total={histogram.data?.total}
          onShow={show}
          onArrived={() => setRun(run + 1)}
        />
      </div>
    </div>
  )
}
