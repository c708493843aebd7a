import type { MessageSegment, MessageTie, UnreceivedMessage } from '@waybill/model'
import type { TieStyle } from '../../../graph/shapes.tsx'
import { count } from '../../../ui/times.ts'
import { endOf } from '../detail/ends.ts'
import type { TraceModel } from '../model.ts'
import type { MergedNode } from './merge.ts'
import type { DestinationPart, ElsewherePart, FoundTies, Part, PartTie, PlacedTree } from './part.ts'

type End = MessageSegment['producer']

/** The destinations between producers and consumers, and what was sent that nobody is known to have received. */
export function messageTies(found: PlacedTree): FoundTies {
  const parts: Part[] = []
  const ties: PartTie[] = []
  const unreceived = unreceivedOf(found)
  for (const [index, node] of found.tree.nodes.entries()) {
    if (node.kind !== 'message') continue
    const made = destinationOf(found, index, node, unreceived)
    parts.push(...made.parts)
    ties.push(...made.ties)
  }
  for (const [key, { node, row, messages }] of unreceived) {
    const id = `u${key}`
    parts.push({ kind: 'destination', id, row, segments: [], unreceived: messages })
    ties.push({ from: found.partOfNode[node] as string, to: id, fromNode: node, style: 'solid' })
  }
  return { parts, ties }
}

interface Unreceived {
  readonly node: number
  readonly row: number
  readonly messages: UnreceivedMessage[]
}

/** What was not received, by the node that sent it and the destination. */
function unreceivedOf({ model, tree }: PlacedTree): Map<string, Unreceived> {
  const groups = new Map<string, Unreceived>()
  for (const message of model.findings().unreceived) {
    const row = model.rowOfKey.get(message.producer.spanId) ?? -1
    const node = tree.nodeOfRow[row] ?? -1
    if (node === -1) continue
    const key = keyOf(node, message.facts)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { node, row, messages: [message] })
    else group.messages.push(message)
  }
  return groups
}

function keyOf(node: number, facts: MessageSegment['facts']): string {
  return JSON.stringify([node, facts.system, facts.destination])
}

/** One destination with its producers and consumers. Takes out of `unreceived` what belongs to it. */
function destinationOf(
  found: PlacedTree,
  index: number,
  node: MergedNode,
  unreceived: Map<string, Unreceived>,
): FoundTies {
  const { model, tree, partOfNode } = found
  const id = partOfNode[index] as string
  const lines = node.rows.flatMap(row => {
    const own = model.tree.rows[row]
    if (own?.kind !== 'message') return []
    const child = own.end > row + 1 ? (tree.nodeOfRow[row + 1] ?? -1) : -1
    return [own.segment, ...own.others].map(segment => ({ segment, child }))
  })
  const segments = lines.map(({ segment }) => segment)
  const producers = Map.groupBy(segments, ({ producer }) => nodeOf(found, producer))
  const consumers = Map.groupBy(lines, ({ segment, child }) =>
    child === -1 ? nodeOf(found, segment.consumer) : child,
  )
  const lost = [...producers.keys()].flatMap(producer => {
    const facts = segments[0]?.facts
    const key = facts === undefined ? '' : keyOf(producer, facts)
    const messages = unreceived.get(key)?.messages ?? []
    unreceived.delete(key)
    return messages
  })
  const row = node.rows[0] as number
  const part: DestinationPart = { kind: 'destination', id, row, segments, unreceived: lost }
  const parts: Part[] = [part]
  const ties: PartTie[] = []
  for (const [producer, sent] of producers) {
    if (producer !== -1) {
      ties.push({ from: partOfNode[producer] as string, to: id, fromNode: producer, style: 'solid' })
      continue
    }
    const other = elsewhere(
      model,
      `${id}<`,
      row,
      sent.map(segment => segment.producer),
    )
    parts.push(other)
    ties.push({ from: other.id, to: id, style: 'solid' })
  }
  for (const [consumer, received] of consumers) {
    const own = received.map(({ segment }) => segment)
    const style = styleOf(own)
    const said = consumers.size > 1 && { segments: own }
    if (consumer !== -1) {
      ties.push({ from: id, to: partOfNode[consumer] as string, toNode: consumer, style, ...said })
      continue
    }
    const other = elsewhere(
      model,
      `${id}>`,
      row,
      own.map(segment => segment.consumer),
    )
    parts.push(other)
    ties.push({ from: id, to: other.id, style, ...said })
  }
  // A batch that took messages of others still has a parent of its own.
  if (node.parent !== -1 && !producers.has(node.parent))
    for (const consumer of node.children)
      ties.push({
        from: partOfNode[node.parent] as string,
        to: partOfNode[consumer] as string,
        fromNode: node.parent,
        toNode: consumer,
        style: 'solid',
      })
  return { parts, ties }
}

/** The node that an end of a message is in; -1 where it is in another trace, or left out. */
function nodeOf({ model, tree }: PlacedTree, end: End): number {
  if (end.traceId !== model.response.trace.traceId) return -1
  return tree.nodeOfRow[model.rowOfKey.get(end.spanId) ?? -1] ?? -1
}

const styles: Readonly<Record<MessageTie, TieStyle>> = {
  parent: 'solid',
  link: 'dashed',
  coordinates: 'dotted',
  'message id': 'dotted',
}

/** By the weakest of the ties: a line that claims a parent has one for each of its messages. */
function styleOf(segments: readonly MessageSegment[]): TieStyle {
  const found = segments.map(({ tie }) => styles[tie])
  return found.find(style => style === 'dotted') ?? found.find(style => style === 'dashed') ?? 'solid'
}

/** The ends of messages or links that are not in this trace, as one part. */
export function elsewhere(model: TraceModel, id: string, row: number, ends: readonly End[]): ElsewherePart {
  const services = new Set(ends.map(end => endOf(model, end)?.service ?? ''))
  const traces = new Set(ends.map(end => end.traceId))
  traces.delete(model.response.trace.traceId)
  const [service = ''] = services
  const one = service === '' ? 'not stored' : service
  return {
    kind: 'elsewhere',
    id,
    title: services.size > 1 ? count(services.size, 'service') : one,
    note:
      traces.size > 1
        ? `in ${traces.size} other traces`
        : traces.size === 1
          ? 'in another trace'
          : 'left out here',
    row,
  }
}
