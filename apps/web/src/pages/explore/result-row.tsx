import { Link } from '@tanstack/react-router'
import type { TraceSummary } from '@waybill/api'
import { formatDuration, unixMsOf } from '@waybill/model'
import type { ReactNode } from 'react'
import { memo } from 'react'
import { ServiceDot } from '../../ui/service.tsx'
import { Shape } from '../../ui/shape.tsx'
import { count, fullTime, shortTime } from '../../ui/times.ts'
import { Way } from '../../ui/way.tsx'
import { MarkBox } from './mark-box.tsx'
import type { MarkLetter } from './marks.ts'

/** One trace of the result: its name and way, its shape, its figures. */
export const ResultRow = memo(function ResultRow(props: {
  readonly trace: TraceSummary
  readonly selected: boolean
  readonly letter: MarkLetter | undefined
  readonly onMark: (traceId: string) => void
}): ReactNode {
  const { trace, selected } = props
  const facts = [count(trace.spanCount, 'span'), count(trace.services.length, 'service')]
  if (trace.messageCount > 0) facts.push(count(trace.messageCount, 'message'))
  return (
    <li className="result" data-selected={selected || undefined}>
      <div className="result-head">
        <Link to="/trace/$traceId" params={{ traceId: trace.traceId }} className="result-name">
          {trace.rootName || 'unnamed'}
        </Link>
        <Way path={trace.path} />
        <span className="result-duration">{formatDuration(trace.durationNano)}</span>
      </div>
      <Shape parts={trace.shape} durationNano={trace.durationNano} />
      <div className="result-facts">
        <time className="mono faint" title={fullTime(trace.startUnixNano)}>
          {shortTime(unixMsOf(trace.startUnixNano))}
        </time>
        <span>{facts.join(' · ')}</span>
        {trace.waitedNano > 0 && (
          <span className="pill is-wait">waited {formatDuration(trace.waitedNano)}</span>
        )}
        {trace.errorCount > 0 && <span className="pill is-error">{count(trace.errorCount, 'error')}</span>}
        {trace.errorCount > 0 && <FailedServices trace={trace} />}
        {trace.rootMissing && <span className="pill">root is missing</span>}
        <MarkBox
          name={`${trace.rootName || 'unnamed'}, ${formatDuration(trace.durationNano)}`}
          letter={props.letter}
          onToggle={() => props.onMark(trace.traceId)}
        />
      </div>
    </li>
  )
})

function FailedServices({ trace }: { readonly trace: TraceSummary }): ReactNode {
  const failed = trace.services.filter(service => service.errorCount > 0)
  if (failed.length === 0 || trace.services.length === 1) return null
  return (
    <span className="result-failed">
      in{' '}
      {failed.map(service => (
        <span key={service.name}>
          <ServiceDot name={service.name} /> {service.name}
        </span>
      ))}
    </span>
  )
}
