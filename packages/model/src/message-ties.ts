import type { LightSpan } from './light-span.ts'
import type { MessageFacts, MessageTie } from './messaging.ts'
import { compareTimes } from './time.ts'

/** One consumer and one producer of the same message. */
export interface MessageTieFound {
  readonly producer: LightSpan
  readonly consumer: LightSpan
  readonly tie: MessageTie
  /** What the consumer says of this message: its own attributes, or those of the link. */
  readonly facts: MessageFacts
}

/** Producers by everything that a consumer may know of them. */
export interface ProducerIndex {
  readonly byId: ReadonlyMap<string, LightSpan>
  readonly byCoordinates: ReadonlyMap<string, readonly LightSpan[]>
  readonly byMessageId: ReadonlyMap<string, readonly LightSpan[]>
  /** The span that sent what a producer created: itself, or the send that links to it. */
  readonly sendOf: (producer: LightSpan) => LightSpan
}

/** What more producers than this share (a message id that is always `1`) tells no message from another. */
const namesakesMax = 16

/** A span's place in maps: its trace and its id. */
export function producerKey(span: LightSpan): string {
  return span.traceId + span.spanId
}

export function indexProducers(spans: readonly LightSpan[]): ProducerIndex {
  const byId = new Map<string, LightSpan>()
  const byCoordinates = new Map<string, LightSpan[]>()
  const byMessageId = new Map<string, LightSpan[]>()
  const sends = new Map<string, LightSpan>()
  for (const span of spans) {
    const { message } = span
    if (message?.operation !== 'send' && message?.operation !== 'create') continue
    const key = producerKey(span)
    if (!byId.has(key)) byId.set(key, span)
    add(byCoordinates, coordinatesOf(message), span)
    add(byMessageId, message.messageId, span)
    if (message.operation === 'send')
      for (const link of span.links ?? []) sends.set(link.traceId + link.spanId, span)
  }
  const sendOf = (producer: LightSpan): LightSpan =>
    producer.message?.operation === 'create' ? (sends.get(producerKey(producer)) ?? producer) : producer
  return { byId, byCoordinates, byMessageId, sendOf }
}

/**
 * The producers of what a consumer received, by its links, its parent, and where a message has neither, by
 * coordinates or message id.
 */
export function tiesOf(consumer: LightSpan, index: ProducerIndex): readonly MessageTieFound[] {
  const { message } = consumer
  if (message === undefined) return []
  const ties = new Map<LightSpan, MessageTieFound>()
  const inferred: MessageFacts[] = []
  for (const link of consumer.links ?? []) {
    const producer = index.byId.get(link.traceId + link.spanId)
    if (producer !== undefined)
      ties.set(producer, { producer, consumer, tie: 'link', facts: link.message ?? message })
    else if (link.message !== undefined) inferred.push(link.message)
  }
  const parent = index.byId.get(consumer.traceId + consumer.parentSpanId)
  if (parent !== undefined) {
    const facts = ties.get(parent)?.facts ?? message
    ties.set(parent, { producer: parent, consumer, tie: 'parent', facts })
  }
  if (ties.size === 0) inferred.push(message)
  for (const facts of inferred) {
    const found = inferTie(consumer, facts, index)
    if (found !== undefined && !ties.has(found.producer)) ties.set(found.producer, found)
  }
  return [...ties.values()]
}

function inferTie(
  consumer: LightSpan,
  facts: MessageFacts,
  index: ProducerIndex,
): MessageTieFound | undefined {
  const coordinates = coordinatesOf(facts)
  const byPlace = coordinates === undefined ? [] : (index.byCoordinates.get(coordinates) ?? [])
  const producer = latestBefore(
    consumer,
    byPlace.filter(candidate => fits(candidate.message, facts)),
  )
  if (producer !== undefined) return { producer, consumer, tie: 'coordinates', facts }
  const byName = facts.messageId === undefined ? [] : (index.byMessageId.get(facts.messageId) ?? [])
  const sender = latestBefore(
    consumer,
    byName.filter(candidate => fits(candidate.message, facts)),
  )
  return sender && { producer: sender, consumer, tie: 'message id', facts }
}

/** Offsets begin anew in another cluster and in a topic made again: of several, the last one sent before. */
function latestBefore(consumer: LightSpan, candidates: readonly LightSpan[]): LightSpan | undefined {
  let latest: LightSpan | undefined
  for (const candidate of candidates) {
    if (candidate === consumer) continue
    const before = compareTimes(candidate.startTimeUnixNano, consumer.endTimeUnixNano) <= 0
    if (!before && candidates.length > 1) continue
    if (latest === undefined || compareTimes(latest.startTimeUnixNano, candidate.startTimeUnixNano) < 0)
      latest = candidate
  }
  return latest
}

/** Two descriptions fit where they contradict each other neither in system nor in cluster. */
function fits(a: MessageFacts | undefined, b: MessageFacts): boolean {
  if (a === undefined) return false
  const agree = (x: string | undefined, y: string | undefined) => !x || !y || x === y
  return agree(a.system, b.system) && agree(a.clusterId, b.clusterId)
}

function coordinatesOf(facts: MessageFacts): string | undefined {
  if (facts.destination === '' || facts.offset === undefined) return undefined
  return `${facts.destination}[${facts.partition ?? ''}]@${facts.offset}`
}

function add(map: Map<string, LightSpan[]>, key: string | undefined, span: LightSpan): void {
  if (key === undefined) return
  const list = map.get(key)
  if (list === undefined) map.set(key, [span])
  else if (list.length < namesakesMax) list.push(span)
}
