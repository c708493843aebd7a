import type { MessageRow, MessageSegment } from '@waybill/model'
import { formatCoordinates, formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { count, exactClockTime, fullTime } from '../../../ui/times.ts'
import type { TraceModel } from '../model.ts'
import { waitText } from '../row-text.ts'
import { endOf } from './ends.ts'
import { Facts } from './facts.tsx'
import { messageFacts, tieFacts } from './message-facts.ts'
import { Tie } from './tie.tsx'

const shownOthers = 20

/** A message on its way: where it waited, and its two ends. */
export function MessageDetail(props: {
  readonly model: TraceModel
  readonly row: MessageRow
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, row, onSelect } = props
  const { segment, others } = row
  return (
    <>
      <h2 className="mono">{formatCoordinates(segment.facts)}</h2>
      <p className="panel-sub is-wait-text">{waitText(segment)}</p>
      <p className="faint panel-sub">
        <time title={fullTime(segment.sentUnixNano)}>sent {exactClockTime(segment.sentUnixNano)}</time>
        {' · '}
        <time title={fullTime(segment.receivedUnixNano)}>
          received {exactClockTime(segment.receivedUnixNano)}
        </time>
      </p>
      <Facts title="Message" facts={[...messageFacts(segment.facts), ...tieFacts(segment)]} />
      <section className="facts">
        <h3>Ends</h3>
        <End model={model} end={segment.producer} arrow="←" word="sent by" onSelect={onSelect} />
        <End model={model} end={segment.consumer} arrow="→" word="received by" onSelect={onSelect} />
      </section>
      {others.length > 0 && (
        <section className="facts">
          <h3>{count(others.length, 'other message')} of the batch</h3>
          {others.slice(0, shownOthers).map(other => (
            <OtherProducer key={other.producer.spanId} model={model} segment={other} onSelect={onSelect} />
          ))}
          {others.length > shownOthers && (
            <p className="faint">and {others.length - shownOthers} more, in Messages</p>
          )}
        </section>
      )}
    </>
  )
}

function End(props: {
  readonly model: TraceModel
  readonly end: MessageSegment['producer']
  readonly arrow: string
  readonly word: string
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, end } = props
  const known = endOf(model, end)
  return (
    <Tie
      arrow={props.arrow}
      traceId={end.traceId}
      spanId={end.spanId}
      here={end.traceId === model.response.trace.traceId}
      title={known?.name ?? end.spanId}
      note={[props.word, known?.service, known && formatDuration(known.durationNano)]
        .filter(Boolean)
        .join(' · ')}
      onSelect={props.onSelect}
    />
  )
}

function OtherProducer(props: {
  readonly model: TraceModel
  readonly segment: MessageSegment
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, segment } = props
  const known = endOf(model, segment.producer)
  return (
    <Tie
      arrow="←"
      traceId={segment.producer.traceId}
      spanId={segment.producer.spanId}
      here={segment.producer.traceId === model.response.trace.traceId}
      title={formatCoordinates(segment.facts)}
      note={[known?.service, `waited ${formatDuration(segment.waitedNano)}`].filter(Boolean).join(' · ')}
      onSelect={props.onSelect}
    />
  )
}
