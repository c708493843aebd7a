import type { TieStyle } from '../../../graph/shapes.tsx'
import { count } from '../../../ui/times.ts'
import type { Row, TraceModel } from '../model.ts'
import { externalTies } from './externals.ts'
import { followsFromParent } from './follows.ts'
import { linkTies } from './links.ts'
import type { MergedNode, MergedTree } from './merge.ts'
import { firstSpan, mergeRows } from './merge.ts'
import { messageTies } from './messages.ts'
import type { BoxRow, ElsewherePart, FoundTies, Part, PartTie, TraceParts } from './part.ts'

/** What a trace's graph shows: services, destinations, and what caused what between them. */
export function traceParts(model: TraceModel): TraceParts {
  const { rows } = model.tree
  const tree = mergeRows(rows)
  const { parts, ties, partOfNode, order } = placeNodes(rows, tree)
  const found = { model, tree, partOfNode }
  const messages = messageTies(found)
  const links = linkTies(found)
  const externals = externalTies(found)
  // A part that is no node of the tree hangs beside one, and comes last.
  const places = new Map(order.map((id, place) => [id, place]))
  const placeOf = ({ id }: Part) => places.get(id) ?? order.length
  const all = [...parts, ...messages.parts, ...links.parts, ...externals.parts]
  return {
    tree,
    parts: all.sort((a, b) => placeOf(a) - placeOf(b)),
    ties: [...ties, ...messages.ties, ...links.ties, ...externals.ties],
    partOfNode,
  }
}

interface Placed extends FoundTies {
  readonly partOfNode: readonly string[]
  /** Ids of parts, those of destinations too, causes before what they caused. */
  readonly order: readonly string[]
}

/** Walks the tree: a span joins the box of its cause where both are of one service. */
function placeNodes(rows: readonly Row[], tree: MergedTree): Placed {
  const partOfNode: string[] = []
  const order: string[] = []
  const boxes = new Map<string, BoxRow[]>()
  const parts: Part[] = []
  const ties: PartTie[] = []
  const stack: { readonly index: number; readonly depth: number; readonly under: number }[] = []
  const push = (children: readonly number[], depth: number, under: number) => {
    for (const index of children.toReversed()) stack.push({ index, depth, under })
  }
  const tops = tree.nodes.flatMap((node, index) => (node.parent === -1 ? [index] : []))
  push(tops, 0, -1)
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const { index, depth, under } = at
    const node = tree.nodes[index] as MergedNode
    const parent = tree.nodes[node.parent]
    const span = firstSpan(rows, node)
    const style: TieStyle = span !== undefined && followsFromParent(span) ? 'dashed' : 'solid'
    const box = boxes.get(partOfNode[node.parent] ?? '')
    const joins = parent !== undefined && box !== undefined && belongsTo(rows, node, parent)
    if (joins) {
      partOfNode[index] = partOfNode[node.parent] as string
      push(node.children, depth + 1, box.push({ node: index, depth, under, style }) - 1)
      continue
    }
    const id = `n${index}`
    partOfNode[index] = id
    order.push(id)
    if (span !== undefined) {
      const first: BoxRow = { node: index, depth: 0, under: -1, style }
      const own = [first]
      boxes.set(id, own)
      parts.push({ kind: 'service', id, service: span.service, rows: own })
    } else if (node.kind !== 'message') parts.push(elsewhereOf(node, id))
    push(node.children, 1, 0)
    const isCause = parent !== undefined && parent.kind !== 'message' && node.kind !== 'message'
    if (isCause)
      ties.push({
        from: partOfNode[node.parent] as string,
        to: id,
        style,
        ...(parent.kind === 'span' && { fromNode: node.parent }),
        ...(node.kind === 'span' && { toNode: index }),
      })
  }
  return { parts, ties, partOfNode, order }
}

function belongsTo(rows: readonly Row[], node: MergedNode, parent: MergedNode): boolean {
  if (parent.kind !== 'span') return false
  if (node.kind === 'rest') return true
  const span = firstSpan(rows, node)
  return span !== undefined && span.service === firstSpan(rows, parent)?.service
}

function elsewhereOf(node: MergedNode, id: string): ElsewherePart {
  const row = node.rows[0] as number
  if (node.kind === 'rest')
    return {
      kind: 'elsewhere',
      id,
      title: `${count(node.spanCount, 'more span')}`,
      note: 'in the timeline',
      row,
    }
  const title = node.rows.length === 1 ? 'missing parent' : `${node.rows.length} missing parents`
  return { kind: 'elsewhere', id, title, note: 'not stored', row }
}
