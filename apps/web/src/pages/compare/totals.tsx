import { Link } from '@tanstack/react-router'
import { formatDuration, unixMsOf } from '@waybill/model'
import type { ReactNode } from 'react'
import { ratioText, signedDuration } from '../../compare/words.ts'
import { fullTime, shortTime } from '../../ui/times.ts'
import type { ComparedTrace, Comparison } from './comparison.ts'
import type { CompareSearch, SideName } from './search.ts'
import { changed } from './search.ts'

interface Figure {
  readonly title: string
  readonly of: (trace: ComparedTrace) => number
  readonly isTime?: true
}

const figures: readonly Figure[] = [
  { title: 'Duration', of: ({ outline }) => outline.durationNano, isTime: true },
  { title: 'Waited', of: ({ outline }) => outline.waitedNano, isTime: true },
  { title: 'Spans', of: ({ outline }) => outline.spanCount },
  { title: 'Services', of: ({ outline }) => outline.services.length },
  { title: 'Messages', of: ({ outline }) => outline.messageCount },
  { title: 'Errors', of: ({ outline }) => outline.errorCount },
]

/** What each trace was as a whole, and how far they are apart. */
export function Totals(props: {
  readonly comparison: Comparison
  readonly search: CompareSearch
}): ReactNode {
  const { a, b } = props.comparison
  return (
    <div className="cmp-totals">
      <table className="table" aria-label="The two traces as a whole">
        <thead>
          <tr>
            <th scope="col">Trace</th>
            {figures.map(({ title }) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row side="a" trace={a} search={props.search} />
          <Row side="b" trace={b} search={props.search} />
          <tr className="cmp-difference">
            <th scope="row">Difference</th>
            {figures.map(figure => (
              <td key={figure.title} className="number">
                {differenceText(figure, figure.of(a), figure.of(b))}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  )
}

function Row(props: {
  readonly side: SideName
  readonly trace: ComparedTrace
  readonly search: CompareSearch
}): ReactNode {
  const { side, trace } = props
  const { outline, response } = trace
  const { traceId } = response.trace
  const name = side.toUpperCase()
  return (
    <tr>
      <th scope="row">
        <span className="cmp-letter" data-side={side}>
          {name}
        </span>
        <Link to="/trace/$traceId" params={{ traceId }} className="cmp-trace">
          {outline.rootName || 'unnamed'} <span className="mono">{traceId.slice(0, 8)}</span>
        </Link>
        <time className="faint" title={fullTime(outline.startUnixNano)}>
          {shortTime(unixMsOf(outline.startUnixNano))}
        </time>
        <Link
          to="/compare"
          search={changed(props.search, { choose: side })}
          className="cmp-change"
          aria-label={`Change trace ${name}`}
        >
          change
        </Link>
      </th>
      {figures.map(({ title, of, isTime }) => {
        const value = of(trace)
        return (
          <td key={title} className={title === 'Errors' && value > 0 ? 'number err' : 'number'}>
            {isTime ? formatDuration(value) : value.toLocaleString('en')}
          </td>
        )
      })}
    </tr>
  )
}

function differenceText({ isTime }: Figure, a: number, b: number): string {
  if (a === b) return '='
  if (isTime) return `${signedDuration(b - a)} ${ratioText(a, b)}`.trim()
  return `${b > a ? '+' : '−'}${Math.abs(b - a).toLocaleString('en')}`
}
