import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'

/** What is marked to be compared, and the way there. */
export function Marked(props: {
  readonly marks: readonly string[]
  readonly onClear: () => void
}): ReactNode {
  const [a, b] = props.marks
  if (a === undefined) return null
  return (
    <span className="marked">
      <Link to="/compare" search={{ a, ...(b !== undefined && { b }) }} className="btn primary">
        {b === undefined ? 'Compare A with…' : 'Compare A and B'}
      </Link>
      <button type="button" className="icon-btn" aria-label="Take the marks away" onClick={props.onClear}>
        <X size={14} aria-hidden />
      </button>
    </span>
  )
}
