import { formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'
import { LongTable } from '../../ui/long-table.tsx'
import { ServiceDot, WaitDot } from '../../ui/service.tsx'
import type { MapNode, MapTieKind, ServiceMap } from './model.ts'
import { failText, rateText } from './texts.ts'

const columns = [
  { title: 'From' },
  { title: 'How' },
  { title: 'To' },
  { title: 'Rate', number: true },
  { title: 'In this time', number: true },
  { title: 'Failed', number: true },
  { title: 'Waited p95', number: true },
  { title: 'Groups' },
] as const

const words = {
  call: 'calls',
  send: 'sends to',
  receive: 'is received by',
  route: 'leads to',
  message: 'sends messages to',
} as const satisfies Record<MapTieKind, string>

/** The map as a table, one row a line. */
export function MapTable(props: {
  readonly map: ServiceMap
  readonly onFocus: (id: string) => void
}): ReactNode {
  const { map } = props
  const nodes = new Map(map.nodes.map(node => [node.id, node]))
  const ties = map.ties.toSorted((a, b) => b.count - a.count)
  return (
    <LongTable
      label="Map"
      columns={columns}
      count={ties.length}
      rowHeightPx={29}
      cells={index => {
        const tie = ties[index]
        if (tie === undefined) return null
        const fails = failText(tie.errors, tie.count)
        return (
          <>
            <NodeCell node={nodes.get(tie.from)} onFocus={props.onFocus} />
            <td className="dim">{words[tie.kind]}</td>
            <NodeCell node={nodes.get(tie.to)} onFocus={props.onFocus} />
            <td className="number">{rateText(tie.count, map.seconds)}</td>
            <td className="number">{tie.count.toLocaleString('en')}</td>
            <td className={fails === undefined ? 'number faint' : 'number err'}>
              {fails === undefined
                ? '–'
                : `✕ ${tie.errors?.toLocaleString('en')} (${fails.replace(' fail', '')})`}
            </td>
            <td className="number">{tie.p95Nano === undefined ? '' : formatDuration(tie.p95Nano)}</td>
            <td className="mono">{tie.groups?.join(', ')}</td>
          </>
        )
      }}
    />
  )
}

function NodeCell(props: {
  readonly node: MapNode | undefined
  readonly onFocus: (id: string) => void
}): ReactNode {
  const { node } = props
  if (node === undefined) return <td />
  return (
    <td>
      {node.kind === 'service' ? <ServiceDot name={node.name} /> : <WaitDot />}{' '}
      <button
        type="button"
        className={node.kind === 'service' ? 'cell-link' : 'cell-link mono'}
        onClick={() => props.onFocus(node.id)}
      >
        {node.name || 'no service'}
      </button>
    </td>
  )
}
