import type { PathStep } from '@waybill/api'
import type { ReactNode } from 'react'
import { Fragment } from 'react'
import { ServiceDot } from './service.tsx'
import './way.css'

const shownSteps = 9

/** The way of a trace: services and, between them, the topics and queues it went through. */
export function Way({ path }: { readonly path: readonly PathStep[] }): ReactNode {
  const shown = path.slice(0, shownSteps)
  return (
    <span className="way">
      {shown.map((step, i) => (
        // The same step may come again, so its place is part of what it is.
        <Fragment key={`${i} ${step.name}`}>
          {i > 0 && <span aria-hidden> → </span>}
          {step.kind === 'service' ? (
            <span>
              <ServiceDot name={step.name} /> {step.name}
            </span>
          ) : (
            <em>{step.name}</em>
          )}
        </Fragment>
      ))}
      {path.length > shownSteps && <span> → {path.length - shownSteps} more</span>}
    </span>
  )
}
