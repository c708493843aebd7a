import type { LightSpan } from './light-span.ts'
import { lightSpan } from './light-span.ts'
import { mergeFacts } from './message-facts.ts'
import type { MessageTieFound } from './message-ties.ts'
import { indexProducers, producerKey, tiesOf } from './message-ties.ts'
import type { MessageFacts, MessageSegment } from './messaging.ts'
import type { Span, Trace } from './span.ts'
import { compareTimes, elapsedNano } from './time.ts'

/** A message that was sent, and of which no receiver is known. */
export interface UnreceivedMessage {
  readonly facts: MessageFacts
  readonly producer: MessageSegment['producer']
  /** End of the send, nanoseconds since 1970 as decimal text. */
  readonly sentUnixNano: string
}

/**
 * The messages of a trace, each with the time that it waited. {@link tieMessages} says how producers and
 * consumers find each other.
 *
 * @param foreignSpans spans of other traces that may be other ends: targets of links, spans that link here,
 *   spans with the same coordinates.
 * @returns segments with at least one end in the trace, in the order they were sent.
 */
export function messageSegments(
  trace: Pick<Trace, 'spans'>,
  foreignSpans: readonly Span[] = [],
): readonly MessageSegment[] {
  return tieMessages(trace.spans.map(lightSpan), foreignSpans.map(lightSpan))
}

/**
 * Ties consumers to producers: by parent, by link, by coordinates, by message id. One message gives one
 * segment for each consumer group that handled it (and for each attempt). Where a receive and a processing
 * of one message are both known they are one segment, which ends at the receive.
 *
 * Linear in the number of spans and links.
 *
 * @returns segments with at least one end in `spans`, in the order they were sent.
 */
export function tieMessages(
  spans: readonly LightSpan[],
  foreign: readonly LightSpan[] = [],
): readonly MessageSegment[] {
  const all = foreign.length === 0 ? spans : [...spans, ...foreign]
  const index = indexProducers(all)
  if (index.byId.size === 0) return []
  const receives: MessageTieFound[] = []
  const processes: MessageTieFound[] = []
  for (const span of all) {
    if (span.message?.operation === 'receive') receives.push(...tiesOf(span, index))
    else if (span.message?.operation === 'process') processes.push(...tiesOf(span, index))
  }
  const own = new Set(spans)
  return joinReceives(receives, processes, all)
    .filter(({ tie }) => own.has(tie.producer) || own.has(tie.consumer))
    .map(({ tie, receive }) => segmentOf(tie, receive, index.sendOf(tie.producer)))
    .sort(
      (a, b) =>
        compareTimes(a.sentUnixNano, b.sentUnixNano) || compareTimes(a.receivedUnixNano, b.receivedUnixNano),
    )
}

/** Sends of `spans` that no segment starts from. What is sent twice over (create, then send) counts once. */
export function unreceivedMessages(
  spans: readonly LightSpan[],
  segments: readonly MessageSegment[],
): readonly UnreceivedMessage[] {
  const received = new Set(segments.map(segment => segment.producer.traceId + segment.producer.spanId))
  return spans.flatMap(span => {
    if (span.message?.operation !== 'send' || received.has(producerKey(span))) return []
    if (span.links?.some(link => received.has(link.traceId + link.spanId))) return []
    const { traceId, spanId } = span
    return [{ facts: span.message, producer: { traceId, spanId }, sentUnixNano: span.endTimeUnixNano }]
  })
}

interface Joined {
  readonly tie: MessageTieFound
  /** The receive of the message that `tie.consumer` processes, where there is one. */
  readonly receive?: LightSpan
}

/**
 * Makes one of a receive and a processing of the same message. The receive stands for both where it lies
 * between them as a parent (send → receive → process); otherwise the processing does, since it belongs to
 * one message where a receive may have fetched many.
 */
function joinReceives(
  receives: readonly MessageTieFound[],
  processes: readonly MessageTieFound[],
  all: readonly LightSpan[],
): readonly Joined[] {
  if (processes.length === 0) return receives.map(tie => ({ tie }))
  const receiveSpans = new Map<string, LightSpan>()
  for (const span of all) if (span.message?.operation === 'receive') receiveSpans.set(producerKey(span), span)
  const tiesOfReceives = new Map<string, MessageTieFound>()
  for (const tie of receives) {
    tiesOfReceives.set(joinKey(tie, tie.facts), tie)
    tiesOfReceives.set(spanJoinKey(tie, tie.consumer), tie)
  }
  const absorbed = new Set<MessageTieFound>()
  const joined: Joined[] = []
  for (const tie of processes) {
    const parent = receiveSpans.get(tie.consumer.traceId + tie.consumer.parentSpanId)
    const beside =
      (parent && tiesOfReceives.get(spanJoinKey(tie, parent))) ??
      tiesOfReceives.get(joinKey(tie, tie.facts)) ??
      tiesOfReceives.get(joinKey(tie, undefined))
    if (beside !== undefined && beside.tie === 'parent' && beside.consumer === parent) continue
    if (beside !== undefined) absorbed.add(beside)
    const receive = parent ?? beside?.consumer
    joined.push(receive === undefined ? { tie } : { tie, receive })
  }
  for (const tie of receives) if (!absorbed.has(tie)) joined.push({ tie })
  return joined
}

/** The same producer, message and group. Without coordinates a receive fits any message of the producer. */
function joinKey(tie: MessageTieFound, facts: MessageFacts | undefined): string {
  const group = tie.facts.consumerGroup ?? tie.consumer.service
  const message = facts === undefined ? '' : (facts.offset ?? facts.messageId ?? '')
  return `${producerKey(tie.producer)} ${facts?.partition ?? ''}@${message} ${group}`
}

function spanJoinKey(tie: MessageTieFound, receive: LightSpan): string {
  return `${producerKey(tie.producer)} ${producerKey(receive)}`
}

/**
 * The segment's two times. A receive may have been waiting before the message was sent: then its end counts.
 * A message may be received before its producer has the broker's acknowledgement: then it did not wait. Only
 * a receive before the *start* of the send is against cause and effect, and stays negative.
 */
function segmentOf(found: MessageTieFound, receive: LightSpan | undefined, send: LightSpan): MessageSegment {
  const { producer, consumer } = found
  const received = receivedTime(consumer, receive, send)
  const early = compareTimes(received, send.endTimeUnixNano) < 0
  const acknowledgedLater = early && compareTimes(received, send.startTimeUnixNano) >= 0
  const sent = acknowledgedLater ? received : send.endTimeUnixNano
  return {
    facts:
      producer.message === undefined ? found.facts : mergeFacts(producerFacts(producer.message), found.facts),
    tie: found.tie,
    producer: { traceId: producer.traceId, spanId: producer.spanId },
    consumer: { traceId: consumer.traceId, spanId: consumer.spanId },
    sentUnixNano: sent,
    receivedUnixNano: received,
    waitedNano: elapsedNano(sent, received),
  }
}

function receivedTime(consumer: LightSpan, receive: LightSpan | undefined, send: LightSpan): string {
  const fetch = receive ?? (consumer.message?.operation === 'receive' ? consumer : undefined)
  if (fetch === undefined) return consumer.startTimeUnixNano
  if (compareTimes(fetch.startTimeUnixNano, send.startTimeUnixNano) >= 0) return fetch.startTimeUnixNano
  if (fetch === consumer) return fetch.endTimeUnixNano
  return compareTimes(fetch.endTimeUnixNano, consumer.startTimeUnixNano) < 0
    ? fetch.endTimeUnixNano
    : consumer.startTimeUnixNano
}

/** What a producer says of the message itself, not of its own client or of the size of its batch. */
function producerFacts(facts: MessageFacts): MessageFacts {
  const { clientId: _, batchSize: __, attempt: ___, ...ofMessage } = facts
  return ofMessage
}
