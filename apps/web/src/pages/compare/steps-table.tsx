import { Link, useNavigate } from '@tanstack/react-router'
import { formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { useEffect } from 'react'
import type { StepSide } from '../../compare/steps.ts'
import { marksOf, ratioText, signedDuration, stepTitle } from '../../compare/words.ts'
import { useKeys } from '../../ui/keys.ts'
import { LongTable } from '../../ui/long-table.tsx'
import { rowKey } from '../trace/model.ts'
import type { Comparison } from './comparison.ts'
import type { SideName } from './search.ts'
import { Bars, StepName } from './step-name.tsx'

const columns = [
  { title: 'Step' },
  { title: 'A above, B below' },
  { title: 'A', number: true },
  { title: 'B', number: true },
  { title: 'Difference', number: true },
  { title: 'In itself', number: true },
  { title: 'What differs' },
] as const

/** Every step of both traces, a row each. A press opens its span, in B where B has it. */
export function StepsTable(props: {
  readonly comparison: Comparison
  /** Places of the steps, in the order to show them. */
  readonly shown: readonly number[]
  /** Without the tree: in the order of size. */
  readonly flat: boolean
  readonly selected: number | undefined
  readonly onSelect: (step: number | undefined) => void
  readonly onSort: () => void
}): ReactNode {
  const { comparison, shown, selected, onSelect } = props
  const navigate = useNavigate()
  const place = selected === undefined ? -1 : shown.indexOf(selected)
  const move = (to: number) => onSelect(shown[Math.min(Math.max(to, 0), shown.length - 1)])
  const open = (step: number | undefined, wanted?: SideName) => {
    const target = step === undefined ? undefined : targetOf(comparison, step, wanted)
    if (target !== undefined)
      void navigate({
        to: '/trace/$traceId',
        params: { traceId: target.traceId },
        search: { span: target.span },
      })
  }
  useKeys({
    title: 'Steps',
    bindings: [
      { keys: ['j', 'ArrowDown'], label: 'Next step', run: () => move(place + 1) },
      { keys: ['k', 'ArrowUp'], label: 'Step before', run: () => move(Math.max(place, 1) - 1) },
      { keys: ['Home'], label: 'First step', run: () => move(0) },
      { keys: ['End'], label: 'Last step', run: () => move(shown.length - 1) },
      { keys: ['Enter'], label: 'Open its span, in B where B has it', run: () => open(selected) },
      { keys: ['a'], label: 'Open its span in A', run: () => open(selected, 'a') },
      { keys: ['b'], label: 'Open its span in B', run: () => open(selected, 'b') },
      { keys: ['l'], label: 'Largest differences first, or the tree', run: props.onSort },
    ],
  })
  // A step that was asked for may not be shown now: then nothing is selected.
  useEffect(() => {
    if (selected !== undefined && place === -1) onSelect(undefined)
  }, [selected, place, onSelect])
  if (shown.length === 0)
    return (
      <div className="notice">
        <h2>No step differs</h2>
      </div>
    )
  return (
    <div className="cmp-steps" data-flat={props.flat || undefined}>
      <LongTable
        label="Steps"
        columns={columns}
        count={shown.length}
        rowHeightPx={30}
        selected={place === -1 ? undefined : place}
        onOpen={row => open(shown[row])}
        cells={row => <Cells comparison={comparison} index={shown[row] ?? -1} flat={props.flat} />}
      />
    </div>
  )
}

/** The span of a step in one of the traces: in the one that is wanted, else in B, else in A. */
function targetOf(
  { steps, a, b }: Comparison,
  index: number,
  wanted?: SideName,
): { readonly traceId: string; readonly span: string } | undefined {
  const step = steps[index]
  if (step === undefined) return undefined
  const side = wanted ?? (step.b === undefined ? 'a' : 'b')
  const trace = side === 'a' ? a : b
  const row = trace.tree.rows[step[side]?.example ?? -1]
  return row && { traceId: trace.response.trace.traceId, span: rowKey(row) }
}

function Cells(props: {
  readonly comparison: Comparison
  readonly index: number
  readonly flat: boolean
}): ReactNode {
  const { comparison, index } = props
  const step = comparison.steps[index]
  const difference = comparison.differences[index]
  if (step === undefined || difference === undefined) return null
  const target = targetOf(comparison, index)
  const marks = marksOf(step, difference)
  const both = step.a !== undefined && step.b !== undefined
  const ratio = both ? ratioText(step.a.busyNano, step.b.busyNano) : ''
  return (
    <>
      <th scope="row" className="cmp-step">
        <StepName step={step} flat={props.flat} target={target} />
      </th>
      <td className="cmp-lane">
        <Bars step={step} longestNano={comparison.longestNano} />
      </td>
      {(['a', 'b'] as const).map(side => (
        <td key={side} className="number">
          <SideCell
            side={side}
            title={stepTitle(step)}
            value={step[side]}
            target={targetOf(comparison, index, side)}
          />
        </td>
      ))}
      <td className="number">
        {difference.nano === 0 ? <span className="faint">=</span> : signedDuration(difference.nano)}
        {difference.nano !== 0 && ratio !== '' && <small> {ratio}</small>}
      </td>
      <td className="number dim" title="Of the difference, what came about in the step itself">
        {difference.ownNano === 0 ? '' : signedDuration(difference.ownNano)}
      </td>
      <td className="cmp-marks">
        {marks.map(({ sign, text, tone }) => (
          <span key={text} data-tone={tone}>
            <i aria-hidden>{sign}</i> {text}{' '}
          </span>
        ))}
      </td>
    </>
  )
}

function SideCell(props: {
  readonly side: SideName
  readonly title: string
  readonly value: StepSide | undefined
  readonly target: { readonly traceId: string; readonly span: string } | undefined
}): ReactNode {
  const { value, target } = props
  if (value === undefined || target === undefined) return <span className="faint">–</span>
  const name = props.side.toUpperCase()
  return (
    <Link
      to="/trace/$traceId"
      params={{ traceId: target.traceId }}
      search={{ span: target.span }}
      className="cmp-side"
      tabIndex={-1}
      title={
        value.count === 1
          ? `Open in ${name}`
          : `${value.count} in ${name}: the time in which at least one of them ran. Open the longest`
      }
      onClick={event => event.stopPropagation()}
    >
      {value.count > 1 && <small>×{value.count.toLocaleString('en')} </small>}
      {formatDuration(value.busyNano)}
      {value.failed > 0 && <span className="err"> ✕{value.failed > 1 ? value.failed : ''}</span>}
    </Link>
  )
}
