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
    map.nodes.map(node => ({ id: node.id, ...sizeOf(node) })),
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
