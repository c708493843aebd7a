import type { ReactNode } from 'react'
import type { Tick } from '../../../timeline/ticks.ts'

/** The axis above the lanes: round times, and the length of what is folded. */
export function Axis({ ticks }: { readonly ticks: readonly Tick[] }): ReactNode {
  return (
    <div className="ticks">
      {ticks.map(tick =>
        tick.kind === 'fold' ? (
          <span
            key={`fold ${tick.at}`}
            className="tick is-fold"
            style={{ left: percent(tick.at + tick.width / 2) }}
          >
            ⋯ {tick.text} folded ⋯
          </span>
        ) : (
          <span key={tick.at} className="tick" style={{ left: percent(tick.at) }}>
            {tick.text}
          </span>
        ),
      )}
    </div>
  )
}

/** The axis' marks as lines through all rows. */
export function Grid({ ticks }: { readonly ticks: readonly Tick[] }): ReactNode {
  return (
    <div className="grid-lines" aria-hidden>
      {ticks.map(tick => (
        <i
          key={`${tick.kind} ${tick.at}`}
          className={tick.kind === 'fold' ? 'cut' : undefined}
          style={
            tick.kind === 'fold'
              ? { left: percent(tick.at), width: percent(tick.width) }
              : { left: percent(tick.at) }
          }
        />
      ))}
    </div>
  )
}

function percent(fraction: number): string {
  return `${fraction * 100}%`
}
