import { useNavigate } from '@tanstack/react-router'
import { ArrowLeftRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMemo, useState } from 'react'
import { differs } from '../../compare/difference.ts'
import { count } from '../../ui/times.ts'
import type { Comparison } from './comparison.ts'
import { shownSteps } from './comparison.ts'
import { Findings } from './findings.tsx'
import type { CompareChange, CompareSearch } from './search.ts'
import { changed, swapped } from './search.ts'
import { StepsTable } from './steps-table.tsx'
import { Totals } from './totals.tsx'

/** Two traces that are there: their figures, what differs most, and every step of both. */
export function ComparisonView(props: {
  readonly comparison: Comparison
  readonly search: CompareSearch
}): ReactNode {
  const { comparison, search } = props
  const navigate = useNavigate()
  const [selected, setSelected] = useState<number>()
  const show = (change: CompareChange) =>
    void navigate({ to: '/compare', search: changed(search, change), replace: true })
  const largestFirst = search.sort === 'difference'
  const differingOnly = search.show === 'differing'
  const shown = useMemo(
    () => shownSteps(comparison, largestFirst, differingOnly),
    [comparison, largestFirst, differingOnly],
  )
  const differing = useMemo(() => comparison.differences.filter(differs).length, [comparison])
  const swap = () => {
    setSelected(undefined)
    void navigate({ to: '/compare', search: swapped(search), replace: true })
  }
  return (
    <div className="cmp-page">
      <section className="cmp-head">
        <div className="cmp-title">
          <h1>{titleOf(comparison)}</h1>
          <button type="button" className="btn" onClick={swap}>
            <ArrowLeftRight size={13} aria-hidden /> Swap A and B
          </button>
        </div>
        <Totals comparison={comparison} search={search} />
        <Findings comparison={comparison} onSelect={setSelected} />
      </section>
      <div className="cmp-bar">
        <span>
          <b>{count(comparison.steps.length, 'step')}</b>
          <span className="dim">
            {' '}
            ·{' '}
            {differing === 0
              ? 'none differs'
              : `${differing.toLocaleString('en')} ${differing === 1 ? 'differs' : 'differ'}`}
          </span>
        </span>
        <span className="grow" />
        <span className="cmp-choices">
          <button
            type="button"
            className="btn"
            aria-pressed={differingOnly}
            onClick={() => show({ show: differingOnly ? undefined : 'differing' })}
          >
            Only what differs
          </button>
          <button
            type="button"
            className="btn"
            aria-pressed={largestFirst}
            onClick={() => show({ sort: largestFirst ? undefined : 'difference' })}
          >
            Largest differences first
          </button>
        </span>
      </div>
      <StepsTable
        comparison={comparison}
        shown={shown}
        flat={largestFirst}
        selected={selected}
        onSelect={setSelected}
        onSort={() => show({ sort: largestFirst ? undefined : 'difference' })}
      />
    </div>
  )
}

function titleOf({ a, b }: Comparison): string {
  const name = ({ rootService, rootName }: Comparison['a']['outline']) => `${rootService} ${rootName}`.trim()
  const [ofA, ofB] = [name(a.outline), name(b.outline)]
  return ofA === ofB ? `Two traces of ${ofA || 'no name'}` : `${ofA || 'no name'} and ${ofB || 'no name'}`
}
