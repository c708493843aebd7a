import type { Span, SpanEvent } from '@waybill/model'
import { displayValue, elapsedNano, formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { fullTime } from '../../../ui/times.ts'

const shownEvents = 50

/** Events of a span, at their time from its start. */
export function SpanEvents({ span }: { readonly span: Span }): ReactNode {
  const [all, setAll] = useState(false)
  if (span.events.length === 0) return null
  const shown = all ? span.events : span.events.slice(0, shownEvents)
  return (
    <section className="facts">
      <h3>Events</h3>
      <ol className="span-events">
        {shown.map((event, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two events may be alike
          <Event key={i} event={event} span={span} />
        ))}
      </ol>
      {shown.length < span.events.length && (
        <button type="button" className="btn" onClick={() => setAll(true)}>
          Show all {span.events.length}
        </button>
      )}
    </section>
  )
}

function Event({ event, span }: { readonly event: SpanEvent; readonly span: Span }): ReactNode {
  return (
    <li>
      <time className="mono faint" title={fullTime(event.timeUnixNano)}>
        {formatDuration(elapsedNano(span.startTimeUnixNano, event.timeUnixNano))}
      </time>
      <div>
        <span>{event.name}</span>
        {event.attributes.length > 0 && event.name !== 'exception' && (
          <dl>
            {event.attributes.map(({ key, value }) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>{displayValue(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  )
}
