import type { MessageSegment, UnreceivedMessage } from '@waybill/model'
import { formatCoordinates, formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { useMemo } from 'react'
import { LongTable } from '../../ui/long-table.tsx'
import { ServiceDot } from '../../ui/service.tsx'
import { exactClockTime, fullTime } from '../../ui/times.ts'
import { endOf } from './detail/ends.ts'
import type { TraceModel } from './model.ts'
import { messageKey } from './model.ts'
import { systemName } from './row-text.ts'

type Entry =
  | { readonly kind: 'received'; readonly segment: MessageSegment }
  | { readonly kind: 'unreceived'; readonly message: UnreceivedMessage }

const columns = [
  { title: 'Message' },
  { title: 'System' },
  { title: 'Sent by' },
  { title: 'Sent' },
  { title: 'Waited', number: true },
  { title: 'Received by' },
  { title: 'Group' },
  { title: 'Attempt', number: true },
  { title: 'Outcome' },
  { title: 'Tied by' },
] as const

/** Each message of the trace, once for each group that received it: when it was sent, how it fared. */
export function MessagesTab(props: {
  readonly model: TraceModel
  readonly onSelect: (key: string) => void
}): ReactNode {
  const { model, onSelect } = props
  const entries = useMemo((): readonly Entry[] => {
    const received = model.response.messages.map((segment): Entry => ({ kind: 'received', segment }))
    return [
      ...received,
      ...model.findings().unreceived.map((message): Entry => ({ kind: 'unreceived', message })),
    ]
  }, [model])
  if (entries.length === 0)
    return (
      <div className="notice">
        <h2>No message in this trace</h2>
        <p className="dim">
          None of its spans says that it sent or received one. Spans do so with attributes such as
          messaging.system and messaging.destination.name.
        </p>
      </div>
    )
  const open = (index: number) => {
    const key = keyOf(entries[index])
    if (key !== undefined) onSelect(key)
  }
  return (
    <LongTable
      label="Messages"
      columns={columns}
      count={entries.length}
      rowHeightPx={29}
      onOpen={open}
      cells={index => <Cells entry={entries[index]} model={model} onOpen={() => open(index)} />}
    />
  )
}

function keyOf(entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined
  return entry.kind === 'received' ? messageKey(entry.segment) : entry.message.producer.spanId
}

function Cells(props: {
  readonly entry: Entry | undefined
  readonly model: TraceModel
  readonly onOpen: () => void
}): ReactNode {
  const { entry, model } = props
  if (entry === undefined) return null
  const message = entry.kind === 'received' ? entry.segment : entry.message
  const { facts, producer, sentUnixNano } = message
  return (
    <>
      <td className="mono">
        <button type="button" className="cell-link mono" onClick={props.onOpen}>
          {formatCoordinates(facts)}
        </button>
      </td>
      <td>{systemName(facts.system)}</td>
      <td>
        <Service name={endOf(model, producer)?.service} />
      </td>
      <td className="mono dim" title={fullTime(sentUnixNano)}>
        {exactClockTime(sentUnixNano)}
      </td>
      {entry.kind === 'received' ? (
        <Received segment={entry.segment} model={model} />
      ) : (
        <>
          <td className="number faint">–</td>
          <td className="faint">nobody known</td>
          <td />
          <td />
          <td className="faint">not received</td>
          <td />
        </>
      )}
    </>
  )
}

function Received(props: { readonly segment: MessageSegment; readonly model: TraceModel }): ReactNode {
  const { segment, model } = props
  const failed = model.spanOfId.get(segment.consumer.spanId)?.status.code === 'error'
  const elsewhere = segment.consumer.traceId !== model.response.trace.traceId
  return (
    <>
      <td className={segment.waitedNano < 0 ? 'number err' : 'number'}>
        {formatDuration(segment.waitedNano)}
      </td>
      <td>
        <Service name={endOf(model, segment.consumer)?.service} />
      </td>
      <td className="mono">{segment.facts.consumerGroup ?? ''}</td>
      <td className="number">{segment.facts.attempt ?? ''}</td>
      <td className={failed ? 'err' : undefined}>
        {elsewhere ? 'in another trace' : failed ? '✕ failed' : 'processed'}
      </td>
      <td className="dim">{segment.tie}</td>
    </>
  )
}

function Service({ name }: { readonly name: string | undefined }): ReactNode {
  if (name === undefined) return <span className="faint">not stored</span>
  return (
    <>
      <ServiceDot name={name} /> {name}
    </>
  )
}
