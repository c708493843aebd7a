import type { Span, SpanEvent } from '@waybill/model'
import { compareTimes, displayValue, elapsedNano, formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { useMemo } from 'react'
import { LongTable } from '../../ui/long-table.tsx'
import { ServiceDot } from '../../ui/service.tsx'
import { fullTime } from '../../ui/times.ts'
import type { TraceModel } from './model.ts'

const columns = [
  { title: 'Event' },
  { title: 'At', number: true },
  { title: 'Service' },
  { title: 'Span' },
  { title: 'Attributes' },
] as const

/** Events of all spans, in the order of time. */
export function EventsTab(props: {
  readonly model: TraceModel
  readonly onSelect: (key: string) => void
}): ReactNode {
  const { model, onSelect } = props
  const entries = useMemo(
    () =>
      model.response.trace.spans
        .flatMap(span => span.events.map(event => ({ span, event })))
        .sort((a, b) => compareTimes(a.event.timeUnixNano, b.event.timeUnixNano)),
    [model],
  )
  if (entries.length === 0)
    return (
      <div className="notice">
        <h2>No event in this trace</h2>
        <p className="dim">Spans carry events where the code adds them, and where it records exceptions.</p>
      </div>
    )
  const open = (index: number) => {
    const entry = entries[index]
    if (entry !== undefined) onSelect(entry.span.spanId)
  }
  return (
    <LongTable
      label="Events"
      columns={columns}
      count={entries.length}
      rowHeightPx={29}
      onOpen={open}
      cells={index => {
        const entry = entries[index]
        return (
          entry && (
            <Cells
              event={entry.event}
              span={entry.span}
              startUnixNano={model.tree.startUnixNano}
              onOpen={() => open(index)}
            />
          )
        )
      }}
    />
  )
}

function Cells(props: {
  readonly event: SpanEvent
  readonly span: Span
  readonly startUnixNano: string
  readonly onOpen: () => void
}): ReactNode {
  const { event, span } = props
  const text = event.attributes.map(({ key, value }) => `${key}=${displayValue(value)}`).join('  ')
  return (
    <>
      <td>
        <button
          type="button"
          className={event.name === 'exception' ? 'cell-link err' : 'cell-link'}
          onClick={props.onOpen}
        >
          {event.name || 'unnamed'}
        </button>
      </td>
      <td className="number mono dim" title={fullTime(event.timeUnixNano)}>
        {formatDuration(elapsedNano(props.startUnixNano, event.timeUnixNano))}
      </td>
      <td>
        <ServiceDot name={span.service} /> {span.service}
      </td>
      <td className="dim">{span.name}</td>
      <td className="mono dim cell-cut" title={text}>
        {text.slice(0, 300)}
      </td>
    </>
  )
}
