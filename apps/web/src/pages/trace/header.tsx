import { formatDuration, unixMsOf } from '@waybill/model'
import type { ReactNode } from 'react'
import { useEffect, useMemo } from 'react'
import { CopyButton } from '../../ui/copy.tsx'
import { languagesOf } from '../../ui/language.ts'
import { ServiceDot } from '../../ui/service.tsx'
import { ageOf, count, dayOf, exactClockTime, fullTime } from '../../ui/times.ts'
import { CompareLink } from './compare-link.tsx'
import type { TraceModel } from './model.ts'
import { Strip } from './strip.tsx'
import './header.css'

const shownDots = 8

/** What trace this is, its figures, and where its time went. */
export function TraceHeader({ model }: { readonly model: TraceModel }): ReactNode {
  const { outline, unreceived, shares } = model.findings()
  const { traceId } = model.response.trace
  useEffect(() => {
    document.title = `${outline.rootName || 'unnamed'} · Waybill`
  }, [outline.rootName])
  const started = unixMsOf(outline.startUnixNano)
  return (
    <section className="trace-head">
      <div className="trace-top">
        <h1>
          <span className="trace-name">{outline.rootName || 'unnamed'}</span>
          <span className="trace-service">{outline.rootService}</span>
          <span className="trace-id mono" title={traceId}>
            {[0, 8, 16, 24].map(from => (
              <span key={from}>{traceId.slice(from, from + 8)}</span>
            ))}
          </span>
          <CopyButton text={traceId} what="trace id" />
        </h1>
        <CompareLink traceId={traceId} />
      </div>
      <div className="trace-facts">
        <span className="pill">{formatDuration(outline.durationNano)}</span>
        <span className="pill">{count(outline.spanCount, 'span')}</span>
        <span className="pill" title={outline.services.map(service => service.name).join(', ')}>
          {outline.services.slice(0, shownDots).map(service => (
            <ServiceDot key={service.name} name={service.name} />
          ))}
          {count(outline.services.length, 'service')}
        </span>
        {outline.messageCount > 0 && (
          <span className="pill is-wait">
            {count(outline.messageCount, 'message')}
            {outline.waitedNano > 0 && `, waited ${formatDuration(outline.waitedNano)} on the way`}
          </span>
        )}
        {unreceived.length > 0 && (
          <span className="pill" title="No span of a receiver is stored">
            {unreceived.length} not received
          </span>
        )}
        {outline.errorCount > 0 && (
          <span className="pill is-error">{count(outline.errorCount, 'error')}</span>
        )}
        {outline.rootMissing && <span className="pill">root is missing</span>}
        <time className="faint" title={fullTime(outline.startUnixNano)}>
          {dayOf(started)} {exactClockTime(outline.startUnixNano)} · {ageOf(started)}
        </time>
      </div>
      <Languages model={model} services={outline.services.map(service => service.name)} />
      <Strip shares={shares} />
    </section>
  )
}

/** Which service is written in which language, where the trace says; colours alone would tell nobody. */
function Languages(props: { readonly model: TraceModel; readonly services: readonly string[] }): ReactNode {
  const { trace } = props.model.response
  const languages = useMemo(() => languagesOf(trace), [trace])
  const known = props.services.filter(service => languages.has(service))
  if (known.length === 0) return null
  return (
    <ul className="trace-languages" aria-label="Services and their languages">
      {known.slice(0, shownDots).map(service => (
        <li key={service}>
          <ServiceDot name={service} /> {service}{' '}
          <span className="faint">{languages.get(service)?.join(', ')}</span>
        </li>
      ))}
      {known.length > shownDots && <li className="faint">{known.length - shownDots} more</li>}
    </ul>
  )
}

/** Takes the place of the head while it is being worked out. */
export function TraceHeaderWaiting(): ReactNode {
  return (
    <div className="trace-head trace-waiting" aria-busy="true">
      <i />
      <i />
      <i />
    </div>
  )
}
