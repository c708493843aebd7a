import type { LinkedSpan } from '@waybill/api'
import type { Span, SpanLink } from '@waybill/model'
import { displayValue, elapsedNano, formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { useState } from 'react'
import type { TraceModel } from '../model.ts'
import { Tie } from './tie.tsx'

const shownLinks = 20

/** Links both ways: what the span links to, and what links to it. */
export function SpanLinks(props: {
  readonly model: TraceModel
  readonly span: Span
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, span } = props
  const [all, setAll] = useState(false)
  const from = model.response.linksFrom.filter(link => link.to === span.spanId)
  const total = span.links.length + from.length
  if (total === 0) return null
  const shown = all ? total : shownLinks
  return (
    <section className="facts">
      <h3>Links</h3>
      {span.links.slice(0, shown).map((link, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a span may link to another twice
        <LinkTo key={i} link={link} {...props} />
      ))}
      {from.slice(0, Math.max(shown - span.links.length, 0)).map(link => (
        <Tie
          key={link.traceId + link.spanId}
          arrow="←"
          traceId={link.traceId}
          spanId={link.spanId}
          here={link.traceId === span.traceId}
          title={link.name}
          note={endNote(link, span)}
          onSelect={props.onSelect}
        />
      ))}
      {total > shown && (
        <button type="button" className="btn" onClick={() => setAll(true)}>
          Show all {total}
        </button>
      )}
    </section>
  )
}

function LinkTo(props: {
  readonly model: TraceModel
  readonly span: Span
  readonly link: SpanLink
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, span, link } = props
  const end = model.response.linksTo.find(
    candidate => candidate.traceId === link.traceId && candidate.spanId === link.spanId,
  )
  const own = link.attributes.map(({ key, value }) => `${key}=${displayValue(value)}`).join(' ')
  return (
    <>
      <Tie
        arrow="→"
        traceId={link.traceId}
        spanId={link.spanId}
        here={link.traceId === span.traceId}
        title={end?.name ?? link.spanId}
        note={end === undefined ? 'not stored' : endNote(end, span)}
        onSelect={props.onSelect}
      />
      {own !== '' && <p className="faint mono tie-own">{own}</p>}
    </>
  )
}

function endNote(end: LinkedSpan, span: Span): string {
  const apart = elapsedNano(end.startUnixNano, span.startTimeUnixNano)
  const when = apart >= 0 ? `${formatDuration(apart)} before` : `${formatDuration(-apart)} after`
  return `${end.service} · ${formatDuration(end.durationNano)} · ${when}`
}
