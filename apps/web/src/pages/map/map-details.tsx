import { Link } from '@tanstack/react-router'
import { formatDuration } from '@waybill/model'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { ServiceDot, WaitDot } from '../../ui/service.tsx'
import type { MapNode, MapTie, ServiceMap } from './model.ts'
import type { MapSearch } from './search.ts'
import { failedFact, failText, kindText, queryOf, rateText, tieFacts } from './texts.ts'

/** What is known of the focused node: its figures, what leads to it and from it, and the way to its traces. */
export function MapDetails(props: {
  readonly map: ServiceMap
  readonly node: MapNode
  readonly range: Pick<MapSearch, 'last' | 'start' | 'end'>
  readonly onFocus: (id: string | undefined) => void
}): ReactNode {
  const { map, node, range } = props
  const { last, start, end } = range
  return (
    <aside className="map-details" aria-label="Details">
      <button
        type="button"
        className="icon-btn map-close"
        aria-label="Close the details"
        onClick={() => props.onFocus(undefined)}
      >
        <X size={15} aria-hidden />
      </button>
      <h2 className={node.kind === 'destination' ? 'mono' : undefined}>{node.name || 'no service'}</h2>
      <p className="dim">{kindText(node)}</p>
      <dl>
        {figuresOf(node, map).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Ties
        title="From"
        end="from"
        map={map}
        ties={map.ties.filter(tie => tie.to === node.id)}
        onFocus={props.onFocus}
      />
      <Ties
        title="To"
        end="to"
        map={map}
        ties={map.ties.filter(tie => tie.from === node.id)}
        onFocus={props.onFocus}
      />
      <div className="map-actions">
        <Link
          to="/"
          search={{
            q: queryOf(node),
            ...(last !== undefined && { last }),
            ...(start !== undefined && { start }),
            ...(end !== undefined && { end }),
          }}
          className="btn"
        >
          Show its traces
        </Link>
      </div>
    </aside>
  )
}

function figuresOf(node: MapNode, map: ServiceMap): readonly (readonly [string, string])[] {
  const rate = (count: number) => `${rateText(count, map.seconds)} (${count.toLocaleString('en')})`
  const p95 = node.p95Nano === undefined ? undefined : formatDuration(node.p95Nano)
  if (node.kind === 'destination')
    return [
      ['sent', rate(node.sent)],
      ['received', rate(node.received)],
      ...(p95 === undefined ? [] : [['waited, p95', p95] as const]),
    ]
  return [
    ['handled', rate(node.handled)],
    ...(node.errors === 0
      ? []
      : [
          [
            'failed',
            `${node.errors.toLocaleString('en')}, ${failText(node.errors, node.handled) ?? ''}`,
          ] as const,
        ]),
    ...(p95 === undefined ? [] : [['took, p95', p95] as const]),
  ]
}

function Ties(props: {
  readonly title: string
  readonly end: 'from' | 'to'
  readonly map: ServiceMap
  readonly ties: readonly MapTie[]
  readonly onFocus: (id: string) => void
}): ReactNode {
  if (props.ties.length === 0) return null
  const nodes = new Map(props.map.nodes.map(node => [node.id, node]))
  return (
    <section>
      <h3>{props.title}</h3>
      <ul>
        {props.ties
          .toSorted((a, b) => b.count - a.count)
          .map(tie => {
            const other = nodes.get(tie[props.end])
            if (other === undefined) return null
            return (
              <li key={tie.id}>
                {other.kind === 'service' ? <ServiceDot name={other.name} /> : <WaitDot />}
                <button
                  type="button"
                  className={other.kind === 'service' ? 'cell-link' : 'cell-link mono'}
                  onClick={() => props.onFocus(other.id)}
                >
                  {other.name || 'no service'}
                </button>
                <span className="dim">
                  {tieFacts(tie).map(fact => (
                    <span key={fact} className={fact === failedFact(tie.errors ?? 0) ? 'err' : undefined}>
                      {fact}
                    </span>
                  ))}
                </span>
              </li>
            )
          })}
      </ul>
    </section>
  )
}
