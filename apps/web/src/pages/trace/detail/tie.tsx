import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** A way to another span: of this trace, where it is selected, or of another, which is opened. */
export function Tie(props: {
  readonly arrow: string
  readonly traceId: string
  readonly spanId: string
  /** Whether the span is in the trace that is shown. */
  readonly here: boolean
  readonly title: string
  readonly note: string
  readonly onSelect: (key: string) => void
}): ReactNode {
  const content = (
    <>
      <span aria-hidden>{props.arrow}</span>
      <span className="tie-text">
        <b>{props.title}</b> <span className="dim">{props.note}</span>
        {!props.here && <span className="faint"> · other trace</span>}
      </span>
    </>
  )
  return props.here ? (
    <button type="button" className="tie" onClick={() => props.onSelect(props.spanId)}>
      {content}
    </button>
  ) : (
    <Link
      to="/trace/$traceId"
      params={{ traceId: props.traceId }}
      search={{ span: props.spanId }}
      className="tie"
    >
      {content}
    </Link>
  )
}
