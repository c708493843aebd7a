import { Link } from '@tanstack/react-router'
import type { TraceSummary } from '@waybill/api'
import { formatDuration, unixMsOf } from '@waybill/model'
import type { ReactNode } from 'react'
import { memo } from 'react'
import { Shape } from '../../ui/shape.tsx'
import { fullTime, shortTime } from '../../ui/times.ts'
import { Way } from '../../ui/way.tsx'
import { MarkBox } from './mark-box.tsx'
import type { MarkLetter } from './marks.ts'
import { letterOf } from './marks.ts'

/** The result as a table, a trace a row. */
export function ResultTable(props: {
  readonly traces: readonly TraceSummary[]
  readonly selectedId: string | undefined
  readonly marks: readonly string[]
  readonly onMark: (traceId: string) => void
}): ReactNode {
  return (
    <div className="table-place">
      <table className="table results-table">
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Trace</th>
            <th scope="col">Way</th>
            <th scope="col" className="shape-column">
              Shape
            </th>
            <th scope="col" className="number">
              Duration
            </th>
            <th scope="col" className="number">
              Waited
            </th>
            <th scope="col" className="number">
              Spans
            </th>
            <th scope="col" className="number">
              Messages
            </th>
            <th scope="col" className="number">
              Errors
            </th>
            <th scope="col">
              <span className="heard">Compare</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.traces.map(trace => (
            <Row
              key={trace.traceId}
              trace={trace}
              selected={trace.traceId === props.selectedId}
              letter={letterOf(props.marks, trace.traceId)}
              onMark={props.onMark}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Row = memo(function Row(props: {
  readonly trace: TraceSummary
  readonly selected: boolean
  readonly letter: MarkLetter | undefined
  readonly onMark: (traceId: string) => void
}): ReactNode {
  const { trace, selected } = props
  return (
    <tr data-selected={selected || undefined}>
      <td className="mono faint" title={fullTime(trace.startUnixNano)}>
        {shortTime(unixMsOf(trace.startUnixNano))}
      </td>
      <td>
        <Link to="/trace/$traceId" params={{ traceId: trace.traceId }} className="result-name">
          {trace.rootName || 'unnamed'}
        </Link>
      </td>
      <td className="way-cell">
        <Way path={trace.path} />
      </td>
      <td>
        <Shape parts={trace.shape} durationNano={trace.durationNano} />
      </td>
      <td className="number">{formatDuration(trace.durationNano)}</td>
      <td className="number">{trace.waitedNano > 0 ? formatDuration(trace.waitedNano) : '–'}</td>
      <td className="number">{trace.spanCount.toLocaleString('en')}</td>
      <td className="number">{trace.messageCount}</td>
      <td className={trace.errorCount > 0 ? 'number err' : 'number'}>{trace.errorCount}</td>
      <td>
        <MarkBox
          name={`${trace.rootName || 'unnamed'}, ${formatDuration(trace.durationNano)}`}
          letter={props.letter}
          onToggle={() => props.onMark(trace.traceId)}
        />
      </td>
    </tr>
  )
})
