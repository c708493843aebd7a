import type { ReactNode } from 'react'
import { useMemo } from 'react'
import { differs } from '../../compare/difference.ts'
import type { Headline } from '../../compare/words.ts'
import { largestDifferences, newFailures } from '../../compare/words.ts'
import type { Comparison } from './comparison.ts'

const mostSaid = 3

/** What differs most, in words; a press leads to the step. */
export function Findings(props: {
  readonly comparison: Comparison
  readonly onSelect: (step: number) => void
}): ReactNode {
  const { comparison } = props
  const { steps, differences, scaleNano } = comparison
  const largest = useMemo(
    () => largestDifferences(steps, differences, scaleNano, mostSaid),
    [steps, differences, scaleNano],
  )
  const failures = useMemo(() => newFailures(steps, differences, mostSaid), [steps, differences])
  const nothing = likeness(comparison)
  if (nothing !== undefined)
    return (
      <p className="cmp-nothing">
        <b>{nothing.what}</b> <span className="dim">{nothing.more}</span>
      </p>
    )
  return (
    <div className="cmp-findings">
      <Headlines title="Failing" headlines={failures} sign="✕" onSelect={props.onSelect} />
      <Headlines title="Largest differences" headlines={largest} onSelect={props.onSelect} />
    </div>
  )
}

/** Said where there is nothing to compare: one trace twice, two that are alike, two with nothing in common. */
function likeness(comparison: Comparison): { readonly what: string; readonly more: string } | undefined {
  const { a, b, steps, differences } = comparison
  if (a.response.trace.traceId === b.response.trace.traceId)
    return { what: 'A and B are the same trace.', more: 'Choose another one for either.' }
  if (steps.every(step => step.a === undefined || step.b === undefined))
    return {
      what: 'The two traces have no step in common.',
      more: 'Traces that begin with the same operation compare best.',
    }
  if (differences.some(differs)) return undefined
  const exactly = differences.every(difference => difference.nano === 0 && difference.ownNano === 0)
  if (exactly)
    return { what: 'The two traces are identical.', more: 'The same steps, and each took the same time.' }
  return {
    what: 'The two traces are alike.',
    more: 'The same steps as often, and no time differs by a tenth, or by 1 % of the whole.',
  }
}

function Headlines(props: {
  readonly title: string
  readonly headlines: readonly Headline[]
  readonly sign?: string
  readonly onSelect: (step: number) => void
}): ReactNode {
  if (props.headlines.length === 0) return null
  return (
    <section aria-label={props.title}>
      <h2>{props.title}</h2>
      <ol>
        {props.headlines.map(({ step, text }) => (
          <li key={step}>
            <button type="button" className="cmp-finding" onClick={() => props.onSelect(step)}>
              {props.sign !== undefined && <span className="err">{props.sign} </span>}
              {text}
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
