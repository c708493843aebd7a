import type { ShapePart } from '@waybill/api'
import { formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { serviceColour } from './service.tsx'
import './shape.css'

/** Narrower parts are drawn this wide (percent), so that a short step in a long trace is still seen. */
const minPercent = 0.35

/** The shape of a trace on one line: services at work solid, messages waiting hatched. */
export function Shape(props: {
  readonly parts: readonly ShapePart[]
  readonly durationNano: number
}): ReactNode {
  const total = Math.max(props.durationNano, 1)
  return (
    <div className="shape" role="img" aria-label={describe(props.parts)}>
      {props.parts.map((part, i) => {
        const left = clampPercent((part.startNano / total) * 100)
        const width = Math.min(
          Math.max(((part.endNano - part.startNano) / total) * 100, minPercent),
          100 - left,
        )
        return (
          <i
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
            key={i}
            className={part.kind === 'wait' ? 'wait' : part.error ? 'is-failed' : undefined}
            title={`${part.kind === 'wait' ? 'waited in ' : ''}${part.name} · ${formatDuration(part.endNano - part.startNano)}`}
            style={{
              left: `${left}%`,
              width: `${width}%`,
              ...(part.kind === 'service' && { background: serviceColour(part.name) }),
            }}
          />
        )
      })}
    </div>
  )
}

function clampPercent(percent: number): number {
  return Math.min(Math.max(percent, 0), 100 - minPercent)
}

function describe(parts: readonly ShapePart[]): string {
  const said = parts
    .slice(0, 12)
    .map(
      part =>
        `${part.kind === 'wait' ? 'waiting in ' : ''}${part.name} ${formatDuration(part.endNano - part.startNano)}`,
    )
  return said.join(', then ')
}
