import type { Span } from '@waybill/model'
import { leadsToParent } from './follows.ts'
import { elsewhere } from './messages.ts'
import type { FoundTies, Part, PartTie, PlacedTree } from './part.ts'

/** Links that are no messages: to other spans of the trace, and to and from other traces. */
export function linkTies(found: PlacedTree): FoundTies {
  const { model } = found
  const { messages, linksFrom, trace } = model.response
  const pairs = new Set(messages.map(({ producer, consumer }) => pairKey(producer, consumer)))
  const parts: Part[] = []
  const ties = new Map<string, PartTie>()
  const within = (from: number, to: number) => {
    if (from === to) return
    ties.set(`${from} ${to}`, {
      from: found.partOfNode[from] as string,
      to: found.partOfNode[to] as string,
      fromNode: from,
      toNode: to,
      style: 'dashed',
      beside: true,
    })
  }
  const outside = { from: new Map<number, End[]>(), to: new Map<number, End[]>() }
  for (const span of trace.spans)
    for (const link of span.links) {
      if (isEmpty(link) || leadsToParent(span, link) || pairs.has(pairKey(link, span))) continue
      const to = nodeOf(found, span)
      if (to === -1) continue
      if (link.traceId !== trace.traceId) append(outside.from, to, link)
      else {
        const from = nodeOf(found, link)
        if (from !== -1) within(from, to)
      }
    }
  for (const link of linksFrom) {
    const from = nodeOf(found, { traceId: trace.traceId, spanId: link.to })
    if (from === -1 || link.traceId === trace.traceId) continue
    if (!pairs.has(pairKey({ traceId: trace.traceId, spanId: link.to }, link))) append(outside.to, from, link)
  }
  for (const [direction, ends] of Object.entries(outside))
    for (const [node, linked] of ends) {
      const part = found.partOfNode[node] as string
      const row = found.tree.nodes[node]?.rows[0] as number
      const other = elsewhere(model, `l${direction}${node}`, row, linked)
      parts.push(other)
      ties.set(
        other.id,
        direction === 'from'
          ? { from: other.id, to: part, toNode: node, style: 'dashed' }
          : { from: part, to: other.id, fromNode: node, style: 'dashed' },
      )
    }
  return { parts, ties: [...ties.values()] }
}

type End = Pick<Span, 'traceId' | 'spanId'>

function nodeOf({ model, tree }: PlacedTree, end: End): number {
  return tree.nodeOfRow[model.rowOfKey.get(end.spanId) ?? -1] ?? -1
}

function pairKey(from: End, to: End): string {
  return `${from.traceId}${from.spanId}${to.traceId}${to.spanId}`
}

/** SDKs record links without a context for the sake of their attributes. */
function isEmpty({ traceId, spanId }: End): boolean {
  return /^0*$/.test(traceId) || /^0*$/.test(spanId)
}

function append(map: Map<number, End[]>, key: number, end: End): void {
  const ends = map.get(key)
  if (ends === undefined) map.set(key, [end])
  else ends.push(end)
}
