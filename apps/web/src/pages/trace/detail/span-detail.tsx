import type { MessageFacts, MessageSegment, Span, SpanRow } from '@waybill/model'
import { formatDuration, messageFactsOf } from '@waybill/model'
import type { ReactNode } from 'react'
import { CopyButton } from '../../../ui/copy.tsx'
import { languageOf } from '../../../ui/language.ts'
import { ServiceDot } from '../../../ui/service.tsx'
import { fullTime } from '../../../ui/times.ts'
import type { TraceModel } from '../model.ts'
import { ErrorBox } from './error-box.tsx'
import type { Fact } from './facts.tsx'
import { Facts, factsOf } from './facts.tsx'
import { messageFacts, tieFacts } from './message-facts.ts'
import { SpanEvents } from './span-events.tsx'
import { SpanLinks } from './span-links.tsx'

/** Everything a span says, and what others say of it. */
export function SpanDetail(props: {
  readonly model: TraceModel
  readonly row: SpanRow<Span>
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, row } = props
  const { span } = row
  const { trace, messages } = model.response
  const facts = messageFactsOf(span)
  const received = messages.filter(message => message.consumer.spanId === span.spanId)
  const around = facts === undefined ? messageAround(model, row) : undefined
  const resource = trace.resources[span.resource]
  const language = languageOf(resource?.attributes ?? [])
  const scope = trace.scopes[span.scope]
  const own = span.attributes.filter(({ key }) => !isOfMessage(key))
  const ofMessage = span.attributes.filter(({ key }) => isOfMessage(key))
  return (
    <>
      <h2>{span.name || 'unnamed'}</h2>
      <p className="dim panel-sub">
        <ServiceDot name={span.service} /> {span.service || 'no service'}
        {language === undefined ? '' : ` (${language})`} · {span.kind} ·{' '}
        {formatDuration(row.endNano - row.startNano)} ·{' '}
        <time title={fullTime(span.startTimeUnixNano)}>starts at {formatDuration(row.startNano)}</time>
      </p>
      <p className="faint mono panel-id">
        {span.spanId} <CopyButton text={span.spanId} what="span id" />
      </p>
      <ErrorBox span={span} />
      {facts && (
        <Facts title={titles[facts.operation]} facts={allOfMessage(facts, received)}>
          {received.length > 1 && <p className="faint">the first of {received.length} messages</p>}
        </Facts>
      )}
      {around && (
        <Facts title={titles.process} facts={[...messageFacts(around.facts), ...tieFacts(around)]} />
      )}
      <Facts title="Attributes" facts={factsOf(own)} />
      <Facts title="Message attributes" facts={factsOf(ofMessage)} folded={facts !== undefined} />
      <SpanEvents span={span} />
      <SpanLinks model={model} span={span} onSelect={props.onSelect} />
      <Facts title="Resource" facts={factsOf(resource?.attributes ?? [])} />
      <Facts
        title="Instrumentation"
        facts={scope === undefined ? [] : scopeFacts(scope.name, scope.version)}
      />
      <Dropped span={span} />
    </>
  )
}

const titles: Readonly<Record<MessageFacts['operation'], string>> = {
  create: 'Message created',
  send: 'Message sent',
  receive: 'Message received',
  process: 'Message being processed',
  settle: 'Message settled',
}

/** The message whose processing the span is part of: the nearest one that it hangs under. */
function messageAround(model: TraceModel, row: SpanRow<Span>): MessageSegment | undefined {
  let above = model.tree.rows[row.parent]
  while (above !== undefined && above.kind !== 'message') above = model.tree.rows[above.parent]
  return above?.segment
}

function isOfMessage(key: string): boolean {
  return key.startsWith('messaging.')
}

function allOfMessage(facts: MessageFacts, received: readonly MessageSegment[]): readonly Fact[] {
  const [segment] = received
  return segment === undefined
    ? messageFacts(facts)
    : [...messageFacts({ ...segment.facts, ...facts }), ...tieFacts(segment)]
}

function scopeFacts(name: string, version: string): readonly Fact[] {
  return name === '' ? [] : [{ name: 'scope', value: version === '' ? name : `${name} ${version}` }]
}

/** What the service's SDK left out before it sent the span. */
function Dropped({ span }: { readonly span: Span }): ReactNode {
  const dropped = [
    [span.droppedAttributesCount, 'attributes'],
    [span.droppedEventsCount, 'events'],
    [span.droppedLinksCount, 'links'],
  ] as const
  const said = dropped.filter(([number]) => number > 0).map(([number, noun]) => `${number} ${noun}`)
  return said.length === 0 ? null : (
    <p className="faint panel-text">The service left out {said.join(', ')}.</p>
  )
}
