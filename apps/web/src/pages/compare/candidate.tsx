import { Link } from '@tanstack/react-router'
import type { TraceSummary } from '@waybill/api'
import { formatDuration, unixMsOf } from '@waybill/model'
import type { ReactNode } from 'react'
import { Shape } from '../../ui/shape.tsx'
import { count, fullTime, shortTime } from '../../ui/times.ts'
import type { CompareSearch } from './search.ts'

/** A trace that may be taken: what tells it from others like it. */
export function Candidate(props: {
  readonly trace: TraceSummary
  /** The comparison with this trace in it. */
  readonly search: CompareSearch
}): ReactNode {
  const { trace } = props
  return (
    <li className="cmp-candidate">
      <div className="cmp-candidate-facts">
        <Link to="/compare" search={props.search} className="cmp-candidate-name">
          <time title={fullTime(trace.startUnixNano)}>{shortTime(unixMsOf(trace.startUnixNano))}</time>{' '}
          {trace.rootService} {trace.rootName || 'unnamed'}
        </Link>
        <span className="dim">{count(trace.spanCount, 'span')}</span>
        {trace.waitedNano > 0 && (
          <span className="pill is-wait">waited {formatDuration(trace.waitedNano)}</span>
        )}
        {trace.errorCount > 0 && <span className="pill is-error">{count(trace.errorCount, 'error')}</span>}
        <b className="cmp-candidate-duration">{formatDuration(trace.durationNano)}</b>
      </div>
      <Shape parts={trace.shape} durationNano={trace.durationNano} />
    </li>
  )
}
