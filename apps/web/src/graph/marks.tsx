import type { ReactNode } from 'react'

/** Heads of lines, and the hatching of waiting time, for `url(#…)`. One graph is on a page at a time. */
export function GraphMarks(): ReactNode {
  return (
    <defs>
      <Head id="graph-head" className="graph-head" />
      <Head id="graph-head-failed" className="graph-head is-failed" />
      <pattern
        id="graph-wait"
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(-45)"
      >
        <rect width="6" height="6" className="graph-wait-b" />
        <rect width="2" height="6" className="graph-wait-a" />
      </pattern>
    </defs>
  )
}

function Head(props: { readonly id: string; readonly className: string }): ReactNode {
  return (
    <marker
      id={props.id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="8"
      markerHeight="8"
      orient="auto"
      markerUnits="userSpaceOnUse"
    >
      <path d="M0 0L8 4L0 8z" className={props.className} />
    </marker>
  )
}
