/** What of a graph in layers is looked at here: its nodes' layers and places in them, and who is tied to whom. */
export interface LayeredGraph {
  nodes(): readonly string[]
  node(id: string): { readonly rank?: number; order?: number }
  predecessors(id: string): readonly string[] | undefined
  successors(id: string): readonly string[] | undefined
}

/** Rounds after which no more is tried; most graphs are done after two or three. */
const mostRounds = 12

/**
 * Swaps neighbours of a layer as long as fewer lines cross then: the last step of the method by Gansner and others
 * ("A Technique for Drawing Directed Graphs", 1993, section 3), which dagre leaves out. Changes the nodes' `order`.
 *
 * @param graph one whose ties all lead to the next layer.
 */
export function transpose(graph: LayeredGraph): void {
  const layers = layersOf(graph)
  for (let round = 0, changed = true; changed && round < mostRounds; round++) {
    changed = false
    for (const layer of layers)
      for (let place = 1; place < layer.length; place++) if (swapIfBetter(graph, layer, place)) changed = true
  }
}

function layersOf(graph: LayeredGraph): readonly string[][] {
  const layers: string[][] = []
  for (const id of graph.nodes()) {
    const { rank, order } = graph.node(id)
    if (rank === undefined || order === undefined) continue
    layers[rank] ??= []
    layers[rank].push(id)
  }
  const kept = layers.filter(layer => layer !== undefined)
  for (const layer of kept) layer.sort((a, b) => orderOf(graph, a) - orderOf(graph, b))
  return kept
}

/** Swaps a node of a layer with the one before it, where that has fewer lines cross. */
function swapIfBetter(graph: LayeredGraph, layer: string[], place: number): boolean {
  const [before, after] = [layer[place - 1], layer[place]]
  if (before === undefined || after === undefined) return false
  let gain = 0
  for (const ties of ['predecessors', 'successors'] as const) {
    const [upper, lower] = [before, after].map(id =>
      (graph[ties](id) ?? []).map(other => orderOf(graph, other)),
    )
    for (const a of upper ?? []) for (const b of lower ?? []) gain += Math.sign(a - b)
  }
  if (gain <= 0) return false
  const places = [orderOf(graph, before), orderOf(graph, after)] as const
  graph.node(before).order = places[1]
  graph.node(after).order = places[0]
  layer[place - 1] = after
  layer[place] = before
  return true
}

function orderOf(graph: LayeredGraph, id: string): number {
  return graph.node(id).order ?? 0
}
