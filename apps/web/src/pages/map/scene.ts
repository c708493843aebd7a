import type { Placement } from '../../graph/layout.ts'
import { placeGraph } from '../../graph/layout.ts'
import { cylinderHeightPx, cylinderWidth, labelSize } from '../../graph/shapes.tsx'
import { textWidth } from '../../graph/text.ts'
import type { MapNode, MapTie, ServiceMap } from './model.ts'
import { tieLabel } from './texts.ts'

const serviceHeightPx = 46
const serviceWidthPx = { least: 150, most: 260 }
/** Notes come and change as answers do; a picture that was drawn once stays as it is. */
const keptNote = '000/min · nobody reads'
const keptWait = 'waited p95 00.00 ms'

/** Where everything on the map lies. The same services and destinations lie in the same places. */
export function placeMap(map: ServiceMap): Placement {
  const several = new Set(
    map.ties.filter(
      tie =>
        tie.kind === 'receive' &&
        map.ties.some(other => other !== tie && other.kind === 'receive' && other.from === tie.from),
    ),
  )
  return placeGraph(
    sourcesFirst(map).map(node => ({ id: node.id, ...sizeOf(node) })),
    map.ties
      .filter(({ from, to }) => from !== to)
      .map(tie => ({
        id: tie.id,
        from: tie.from,
        to: tie.to,
        label: labelSize([...tieLabel(tie, map).slice(0, 1), ...(several.has(tie) ? [keptWait] : [])]),
      })),
  )
}

/** What starts most of its ties comes first: in a circle the layers begin there. */
function sourcesFirst(map: ServiceMap): readonly MapNode[] {
  const out = new Map<string, number>()
  const all = new Map<string, number>()
  for (const { from, to, count } of map.ties) {
    out.set(from, (out.get(from) ?? 0) + count)
    for (const id of [from, to]) all.set(id, (all.get(id) ?? 0) + count)
  }
  // In tenths, so that a little more traffic one way does not turn the picture.
  const share = ({ id }: MapNode) => Math.round(((out.get(id) ?? 0) / (all.get(id) ?? 1)) * 10)
  return map.nodes.toSorted((a, b) => share(b) - share(a))
}

function sizeOf(node: MapNode): { readonly width: number; readonly height: number } {
  if (node.kind === 'destination')
    return { width: cylinderWidth(node.name, keptNote), height: cylinderHeightPx }
  const width = Math.ceil(textWidth(node.name || 'no service', 'name')) + 42
  return {
    width: Math.min(serviceWidthPx.most, Math.max(serviceWidthPx.least, width)),
    height: serviceHeightPx,
  }
}

const widthPx = { least: 1.2, most: 4 }

/** How wide a line is drawn: by the rate, each pixel ten times as much. */
export function tieWidth(tie: MapTie, seconds: number): number {
  const perMinute = (tie.count / seconds) * 60
  return Math.min(widthPx.most, widthPx.least + 0.7 * Math.log10(1 + perMinute))
}
