import type { LinkedSpan } from '@waybill/api'
import type { MessageSegment, Span, SpanLink } from '@waybill/model'
import { displayValue, elapsedNano, formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { useState } from 'react'
import type { TraceModel } from '../model.ts'
import { endOf } from './ends.ts'
import { Tie } from './tie.tsx'

const shownTies = 20

/** Ties both ways: messages that came and went, links of the span, links of others that point at it. */
export function SpanLinks(props: {
  readonly model: TraceModel
  readonly span: Span
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, span } = props
  const [all, setAll] = useState(false)
  const ties = tiesOf(model, span).filter(tie => leadsSomewhere(tie) || tie.own !== '')
  if (ties.length === 0) return null
  return (
    <section className="facts">
      <h3>Links</h3>
      {(all ? ties : ties.slice(0, shownTies)).map((tie, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a span may link to another twice
        <div key={i}>
          {leadsSomewhere(tie) && (
            <Tie {...tie} here={tie.traceId === span.traceId} onSelect={props.onSelect} />
          )}
          {tie.own !== '' && <p className="faint mono tie-own">{tie.own}</p>}
        </div>
      ))}
      {!all && ties.length > shownTies && (
        <button type="button" className="btn" onClick={() => setAll(true)}>
          Show all {ties.length}
        </button>
      )}
    </section>
  )
}

interface TieOfSpan {
  readonly arrow: '←' | '→'
  readonly traceId: string
  readonly spanId: string
  readonly title: string
  readonly note: string
  /** What the link itself says. */
  readonly own: string
}

function tiesOf(model: TraceModel, span: Span): readonly TieOfSpan[] {
  const { messages, linksFrom } = model.response
  const linked = new Set(span.links.map(link => link.traceId + link.spanId))
  const came = messages.filter(
    ({ consumer, producer }) => isSpan(consumer, span) && !linked.has(producer.traceId + producer.spanId),
  )
  const went = messages.filter(({ producer }) => isSpan(producer, span))
  const known = new Set(went.map(({ consumer }) => consumer.traceId + consumer.spanId))
  return [
    ...came.map(message => tieOfMessage(model, message, 'producer')),
    ...span.links.map(link => tieOfLink(model, span, link)),
    ...went.map(message => tieOfMessage(model, message, 'consumer')),
    ...linksFrom
      .filter(link => link.to === span.spanId && !known.has(link.traceId + link.spanId))
      .map((link): TieOfSpan => ({ ...tieOfEnd(link, span), arrow: '→' })),
  ]
}

/** SDKs record links without a context for the sake of their attributes. */
function leadsSomewhere({ traceId, spanId }: TieOfSpan): boolean {
  return !/^0*$/.test(traceId) && !/^0*$/.test(spanId)
}

function isSpan(end: MessageSegment['producer'], span: Span): boolean {
  return end.traceId === span.traceId && end.spanId === span.spanId
}

function tieOfMessage(model: TraceModel, message: MessageSegment, other: 'producer' | 'consumer'): TieOfSpan {
  const { traceId, spanId } = message[other]
  const end = endOf(model, message[other])
  const waited = `${formatDuration(Math.abs(message.waitedNano))} ${other === 'producer' ? 'before' : 'later'}`
  const note = [end?.service, message.facts.consumerGroup && `group ${message.facts.consumerGroup}`, waited]
  return {
    arrow: other === 'producer' ? '←' : '→',
    traceId,
    spanId,
    title: end?.name ?? spanId,
    note: note.filter(Boolean).join(' · '),
    own: '',
  }
}

function tieOfLink(model: TraceModel, span: Span, link: SpanLink): TieOfSpan {
  const { traceId, spanId } = link
  const end = model.response.linksTo.find(found => found.traceId === traceId && found.spanId === spanId)
  const own = link.attributes.map(({ key, value }) => `${key}=${displayValue(value)}`).join(' ')
  if (end === undefined) return { arrow: '←', traceId, spanId, title: spanId, note: 'not stored', own }
  return { ...tieOfEnd(end, span), arrow: '←', own }
}

function tieOfEnd(end: LinkedSpan, span: Span): Omit<TieOfSpan, 'arrow'> {
  const apart = elapsedNano(end.startUnixNano, span.startTimeUnixNano)
  const when = apart >= 0 ? `${formatDuration(apart)} before` : `${formatDuration(-apart)} later`
  const note = `${end.service} · ${formatDuration(end.durationNano)} · ${when}`
  return { traceId: end.traceId, spanId: end.spanId, title: end.name, note, own: '' }
}
