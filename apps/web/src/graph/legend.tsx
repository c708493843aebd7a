import type { ReactNode } from 'react'
import type { TieStyle } from './shapes.tsx'

/** What a legend explains, each by a small drawing and a word. */
export type LegendEntry =
  | { readonly kind: 'tie'; readonly style: TieStyle; readonly failed?: boolean; readonly text: string }
  | { readonly kind: 'wait'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string }

/** Says what the lines and marks of a graph mean. */
export function GraphLegend(props: { readonly entries: readonly LegendEntry[] }): ReactNode {
  return (
    <ul className="graph-legend" aria-label="Legend">
      {props.entries.map(entry => (
        <li key={entry.text}>
          <Sample entry={entry} />
          {entry.text}
        </li>
      ))}
    </ul>
  )
}

function Sample({ entry }: { readonly entry: LegendEntry }): ReactNode {
  if (entry.kind === 'failed')
    return (
      <span className="err" aria-hidden>
        ✕
      </span>
    )
  if (entry.kind === 'wait') return <span className="graph-legend-wait wait" aria-hidden />
  return (
    <svg width="28" height="8" aria-hidden="true">
      <path
        className={`tie is-${entry.style}`}
        data-failed={entry.failed || undefined}
        strokeWidth="1.6"
        d="M0 4H28"
      />
    </svg>
  )
}
