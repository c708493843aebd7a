import { Link } from '@tanstack/react-router'
import { formatDuration } from '@waybill/model'
import type { CSSProperties, ReactNode } from 'react'
import type { Step } from '../../compare/steps.ts'
import { stepTitle } from '../../compare/words.ts'
import { ServiceDot, serviceColour, WaitDot } from '../../ui/service.tsx'

/** Deeper steps are not drawn further in: their names would have no room. */
const deepestDrawn = 14

/** A step's place in the tree, its service and its name; it leads to its span. */
export function StepName(props: {
  readonly step: Step
  readonly flat: boolean
  readonly target: { readonly traceId: string; readonly span: string } | undefined
}): ReactNode {
  const { step, target } = props
  const title = stepTitle(step)
  const inner = <Name step={step} />
  const depth = props.flat ? 0 : Math.min(step.depth, deepestDrawn)
  return (
    <span className="cmp-name" style={{ '--depth': depth } as CSSProperties} title={title}>
      {target === undefined ? (
        inner
      ) : (
        <Link
          to="/trace/$traceId"
          params={{ traceId: target.traceId }}
          search={{ span: target.span }}
          onClick={event => event.stopPropagation()}
        >
          {inner}
        </Link>
      )}
    </span>
  )
}

function Name({ step }: { readonly step: Step }): ReactNode {
  if (step.kind === 'message')
    return (
      <>
        <WaitDot /> <span className="cmp-wait">waited in {step.name || 'a queue'}</span>
        {step.service !== '' && <span className="faint"> for {step.service}</span>}
      </>
    )
  if (step.kind === 'missing') return <span className="dim">missing parent</span>
  return (
    <>
      <ServiceDot name={step.service} /> <b>{step.service || 'no service'}</b>{' '}
      <span className="dim">{step.name || 'unnamed'}</span>
    </>
  )
}

/** The times of a step in A and B, one above the other; all steps are drawn to one scale. */
export function Bars(props: { readonly step: Step; readonly longestNano: number }): ReactNode {
  const { step } = props
  return (
    <span className="cmp-bars" aria-hidden>
      {(['a', 'b'] as const).map(side => {
        const nano = step[side]?.busyNano
        if (nano === undefined) return <i key={side} className="is-absent" />
        return (
          <i
            key={side}
            className={step.kind === 'message' ? 'wait' : step.kind === 'missing' ? 'is-missing' : undefined}
            title={`${side.toUpperCase()} ${formatDuration(nano)}`}
            style={{
              width: `${(nano / Math.max(props.longestNano, 1)) * 100}%`,
              ...(step.kind === 'span' && { background: serviceColour(step.service) }),
            }}
          />
        )
      })}
    </span>
  )
}
