import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useEffect, useMemo } from 'react'
import { traceQuestion } from '../../api/questions.ts'
import { RequestError } from '../../api/request.ts'
import { Failed } from '../../shell/failures.tsx'
import { lastExplore } from '../../shell/last-explore.ts'
import { TraceHeaderWaiting } from './header.tsx'
import { readTrace } from './model.ts'
import { TraceView } from './trace-view.tsx'
import './trace.css'

const route = getRouteApi('/trace/$traceId')

/** The page of one trace. */
export function TracePage(): ReactNode {
  const { traceId } = route.useParams()
  const answer = useQuery(traceQuestion(traceId))
  const model = useMemo(() => (answer.data === undefined ? undefined : readTrace(answer.data)), [answer.data])
  useEffect(() => {
    document.title = `${traceId.slice(0, 8)} · Waybill`
  }, [traceId])

  if (model !== undefined) return <TraceView key={traceId} model={model} />
  if (answer.error instanceof RequestError && answer.error.status === 404)
    return <NotStored traceId={traceId} />
  if (answer.error !== null)
    return (
      <Failed what="The trace could not be read" error={answer.error} retry={() => void answer.refetch()} />
    )
  return (
    <>
      <output className="heard">reading the trace</output>
      <TraceHeaderWaiting />
    </>
  )
}

function NotStored({ traceId }: { readonly traceId: string }): ReactNode {
  return (
    <div className="notice">
      <h2>No span of this trace is stored</h2>
      <p className="mono dim">{traceId}</p>
      <p className="dim">
        It may not have been sampled, its spans may still be in the exporter of the service, or they are older
        than what is kept. Should they arrive, they show here by themselves.
      </p>
      <div className="actions">
        <Link to="/" search={lastExplore()} className="btn">
          Explore
        </Link>
      </div>
    </div>
  )
}
