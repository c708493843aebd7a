import type { ReactNode } from 'react'
import type { MarkLetter } from './marks.ts'

/** Marks a trace of the result to be compared with another. */
export function MarkBox(props: {
  /** How the trace is called, for those who listen. */
  readonly name: string
  readonly letter: MarkLetter | undefined
  readonly onToggle: () => void
}): ReactNode {
  const { letter } = props
  return (
    <label className="mark-box" data-on={letter !== undefined || undefined} title="Mark it to compare · c">
      <input
        type="checkbox"
        checked={letter !== undefined}
        aria-label={`Compare ${props.name}`}
        onChange={props.onToggle}
      />
      <span aria-hidden>{letter ?? 'compare'}</span>
    </label>
  )
}
