import type { MapNode, ServiceMap } from './model.ts'

/** A map with more nodes than this is drawn in part: those with the most traffic. */
export const mostNodes = 120

/**
 * The part of a map that is shown: what lies up to `depth` ties from the focus, in either direction; without
 * a focus all of it, or its busiest nodes where it is too large.
 *
 * @returns undefined where the focused node is not on the map.
 */
export function shownMap(map: ServiceMap, focus: string | undefined, depth: number): ServiceMap | undefined {
  if (focus === undefined) return busiest(map)
  if (!map.nodes.some(node => node.id === focus)) return undefined
  let near = new Set([focus])
  for (let step = 0; step < depth; step++) {
    const next = new Set(near)
    for (const { from, to } of map.ties) {
      if (near.has(from)) next.add(to)
      if (near.has(to)) next.add(from)
    }
    near = next
  }
  return busiest(partOf(map, near))
}

function busiest(map: ServiceMap): ServiceMap {
  if (map.nodes.length <= mostNodes) return map
  const traffic = new Map<string, number>()
  for (const { from, to, count } of map.ties)
    for (const id of [from, to]) traffic.set(id, (traffic.get(id) ?? 0) + count)
  const ofNode = (node: MapNode) => traffic.get(node.id) ?? 0
  const kept = map.nodes.toSorted((a, b) => ofNode(b) - ofNode(a)).slice(0, mostNodes)
  return partOf(map, new Set(kept.map(({ id }) => id)))
}

function partOf(map: ServiceMap, ids: ReadonlySet<string>): ServiceMap {
  return {
    ...map,
    nodes: map.nodes.filter(({ id }) => ids.has(id)),
    ties: map.ties.filter(({ from, to }) => ids.has(from) && ids.has(to)),
  }
}

/** Whether a node's name contains a text, whatever its case. */
export function isFound(node: MapNode, text: string): boolean {
  return node.name.toLowerCase().includes(text.trim().toLowerCase())
}
