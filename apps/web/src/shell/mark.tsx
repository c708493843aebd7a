import type { ReactNode } from 'react'

/** The mark of the product: a slip of paper with a stamp. */
export function Mark(): ReactNode {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
      <path d="M2 4.5h14v9H2z" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5 8h5M5 10.5h3" stroke="currentColor" strokeWidth="1.5" />
      <circle cx="13" cy="9" r="1.4" fill="var(--accent)" />
    </svg>
  )
}
