import type { ReactNode } from 'react'
import { useMemo } from 'react'
import type { Stop } from '../../graph/canvas.tsx'
import { GraphCanvas } from '../../graph/canvas.tsx'
import type { Rect } from '../../graph/layout.ts'
import { Cylinder, ServiceMark, TieLabel, TieLine } from '../../graph/shapes.tsx'
import { cutText } from '../../graph/text.ts'
import { isFound } from './focus.ts'
import type { MapNode, MapTie, MapTieKind, ServiceMap, ServiceNode } from './model.ts'
import { placeMap, tieWidth } from './scene.ts'
import { failText, kindText, noteOf, tieFacts, tieLabel } from './texts.ts'

/** `dashed` where no span names what is between, or that it leads there. */
const styles = {
  call: 'solid',
  send: 'solid',
  receive: 'solid',
  route: 'dashed',
  message: 'dashed',
} as const satisfies Record<MapTieKind, string>

/** The map as a graph. */
export function MapGraph(props: {
  readonly map: ServiceMap
  readonly focus: string | undefined
  readonly find: string
  readonly onPress: (id: string) => void
}): ReactNode {
  const { map, focus, find } = props
  const placement = useMemo(() => placeMap(map), [map])
  const found = new Set(map.nodes.filter(node => isFound(node, find)).map(({ id }) => id))
  const dims = find.trim() !== ''
  const isDimmed = ({ from, to }: MapTie) => dims && !found.has(from) && !found.has(to)
  const longest = map.nodes.reduce(
    (most, node) => (node.kind === 'destination' ? Math.max(most, node.p95Nano ?? 0) : most),
    0,
  )
  const stops = map.nodes.flatMap((node): readonly Stop[] => {
    const rect = placement.boxes.get(node.id)
    if (rect === undefined) return []
    const failed = node.kind === 'service' && node.errors > 0
    return [
      {
        id: node.id,
        rect,
        name: [`${node.name || 'no name'}, ${kindText(node)}`, noteOf(node, map), ...talk(node, map)].join(
          ', ',
        ),
        tip: [node.name, kindText(node), noteOf(node, map), ...talk(node, map)],
        failed,
        selected: node.id === focus,
        drawing: (
          <g className="box-group" data-dimmed={(dims && !found.has(node.id)) || undefined}>
            {node.kind === 'service' ? (
              <ServiceBox node={node} rect={rect} note={noteOf(node, map)} failed={failed} />
            ) : (
              <Cylinder
                size={rect}
                title={node.name}
                note={noteOf(node, map)}
                share={longest === 0 ? 0 : (node.p95Nano ?? 0) / longest}
              />
            )}
          </g>
        ),
      },
    ]
  })
  return (
    <GraphCanvas
      label="Map"
      size={placement}
      about={[focus, ...map.nodes.map(({ id }) => id)].join('\n')}
      stops={stops}
      sought={dims ? map.nodes.find(({ id }) => found.has(id))?.id : undefined}
      onPress={props.onPress}
      over={map.ties.map(tie => {
        const placed = placement.ties.get(tie.id)
        if (placed === undefined) return null
        const failed = failText(tie.errors, tie.count) !== undefined
        return (
          <TieLabel
            key={tie.id}
            tie={placed}
            lines={tieLabel(tie, map)}
            failed={failed}
            dimmed={isDimmed(tie)}
          />
        )
      })}
    >
      {map.ties.map(tie => {
        const placed = placement.ties.get(tie.id)
        if (placed === undefined) return null
        return (
          <TieLine
            key={tie.id}
            tie={placed}
            style={styles[tie.kind]}
            failed={failText(tie.errors, tie.count) !== undefined}
            dimmed={isDimmed(tie)}
            widthPx={tieWidth(tie, map.seconds)}
          />
        )
      })}
    </GraphCanvas>
  )
}

function ServiceBox(props: {
  readonly node: ServiceNode
  readonly rect: Rect
  readonly note: string
  readonly failed: boolean
}): ReactNode {
  const { node, rect, note, failed } = props
  const room = rect.width - 36
  return (
    <>
      <rect
        className="box"
        width={rect.width}
        height={rect.height}
        rx="6"
        data-failed={failed || undefined}
      />
      <ServiceMark name={node.name} x={12} y={12} />
      <text className="graph-name" x="27" y="20">
        {cutText(node.name || 'no service', 'name', room)}
      </text>
      <text className={failed ? 'graph-small is-error' : 'graph-small'} x="27" y="36">
        {cutText(note, 'small', room)}
      </text>
    </>
  )
}

const words = {
  call: 'calls',
  send: 'sends to',
  receive: 'hands to',
  route: 'leads to',
  message: 'sends messages to',
} as const satisfies Record<MapTieKind, string>

/** What leaves a node, in words. */
function talk(node: MapNode, map: ServiceMap): readonly string[] {
  const names = new Map(map.nodes.map(({ id, name }) => [id, name]))
  return map.ties
    .filter(tie => tie.from === node.id)
    .map(tie => `${words[tie.kind]} ${names.get(tie.to) ?? ''}: ${tieFacts(tie).join(', ')}`)
}
