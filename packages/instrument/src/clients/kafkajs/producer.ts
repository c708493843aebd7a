import type { Attributes } from '@opentelemetry/api'
import { addPeer, addRecord, operationAttributes } from '../../kafka.ts'
import type { Sending } from '../../send.ts'
import { endSend, failSend, startSend } from '../../send.ts'
import { whenSettled } from '../../settle.ts'
import type { MessagingTracing } from '../../tracing.ts'
import { guarded } from '../../warn.ts'
import type { PeerOf } from './cluster.ts'
import type { Coordinates } from './partitions.ts'
import { assigned, notYetAssigned, placeMessages } from './partitions.ts'
import type { ProducedMessage, Producer, RecordMetadata, Sender, TopicMessages } from './shapes.ts'

/** What is sent instead of what the application gave, and the spans of it. */
interface PreparedTopic {
  readonly topic: string
  readonly messages: readonly ProducedMessage[]
  readonly sendings: readonly Sending[]
}

/** A producer that does what `producer` does, with a span for every message it sends. */
export function tracedProducer(producer: Producer, tracing: MessagingTracing, peerOf: PeerOf): Producer {
  return Object.assign({}, producer, tracedSender(producer, tracing, peerOf), {
    async transaction() {
      const transaction = await producer.transaction()
      return Object.assign({}, transaction, tracedSender(transaction, tracing, peerOf))
    },
  })
}

function tracedSender(sender: Sender, tracing: MessagingTracing, peerOf: PeerOf): Sender {
  return {
    send(record) {
      if (!isTopicMessages(record)) return sender.send(record)
      const prepared = guarded('A send could not be traced', () => prepare(tracing, peerOf, record))
      if (prepared === undefined) return sender.send(record)
      const copy = Object.assign({}, record, { messages: prepared.messages })
      return completed([prepared], peerOf, () => sender.send(copy))
    },
    sendBatch(batch) {
      if (!Array.isArray(batch?.topicMessages) || !batch.topicMessages.every(isTopicMessages))
        return sender.sendBatch(batch)
      const prepared = guarded('A sendBatch could not be traced', () =>
        prepareAll(tracing, peerOf, batch.topicMessages ?? []),
      )
      if (prepared === undefined) return sender.sendBatch(batch)
      const topicMessages = prepared.map(({ topic, messages }, index) =>
        Object.assign({}, batch.topicMessages?.[index], { topic, messages }),
      )
      return completed(prepared, peerOf, () => sender.sendBatch(Object.assign({}, batch, { topicMessages })))
    },
  }
}

/** What is not, the client refuses with an error of its own. */
function isTopicMessages(value: unknown): value is TopicMessages {
  if (typeof value !== 'object' || value === null) return false
  const { topic, messages } = value as { topic?: unknown; messages?: unknown }
  return (
    typeof topic === 'string' &&
    Array.isArray(messages) &&
    messages.every(message => typeof message === 'object' && message !== null)
  )
}

function prepareAll(
  tracing: MessagingTracing,
  peerOf: PeerOf,
  topics: readonly TopicMessages[],
): readonly PreparedTopic[] {
  const prepared: PreparedTopic[] = []
  try {
    for (const topicMessages of topics) prepared.push(prepare(tracing, peerOf, topicMessages))
  } catch (error) {
    failAll(prepared, error)
    throw error
  }
  return prepared
}

/** Copies the messages of one topic, each with a span of its own in its headers. Reads the caller's objects only. */
function prepare(tracing: MessagingTracing, peerOf: PeerOf, record: TopicMessages): PreparedTopic {
  const { topic } = record
  const ruling = tracing.rules('send', topic)
  const messages: ProducedMessage[] = []
  const sendings: Sending[] = []
  try {
    for (const message of record.messages) {
      const attributes = addRecord(operationAttributes('send', topic, ruling.template, message.partition), {
        key: message.key,
        value: message.value,
      })
      const sending = startSend(
        tracing,
        ruling,
        addPeer(attributes, peerOf(topic, message.partition)),
        message.headers,
      )
      sendings.push(sending)
      messages.push(copyOf(message, sending.headers))
    }
  } catch (error) {
    for (const sending of sendings) failSend(sending, error)
    throw error
  }
  return { topic, messages, sendings }
}

function copyOf(message: ProducedMessage, headers: Record<string, unknown>): ProducedMessage {
  const copy: Record<PropertyKey, unknown> = {
    key: message.key,
    value: message.value,
    partition: message.partition,
    timestamp: message.timestamp,
    headers,
    [assigned]: notYetAssigned,
  }
  // A partitioner of the application may read fields of its own.
  for (const name in message)
    if (!(name in copy)) copy[name] = (message as unknown as Record<string, unknown>)[name]
  return copy as unknown as ProducedMessage
}

function completed(
  prepared: readonly PreparedTopic[],
  peerOf: PeerOf,
  send: () => Promise<readonly RecordMetadata[]>,
): Promise<readonly RecordMetadata[]> {
  return whenSettled(
    send,
    answer => complete(prepared, peerOf, Array.isArray(answer) ? answer : []),
    error => failAll(prepared, error),
  )
}

function complete(
  prepared: readonly PreparedTopic[],
  peerOf: PeerOf,
  answer: readonly RecordMetadata[],
): void {
  for (const { topic, messages, sendings } of mergedByTopic(prepared)) {
    const places = guarded('The answer to a send could not be read', () =>
      placeMessages(topic, messages, answer),
    )
    sendings.forEach((sending, index) => {
      endSend(sending, answeredAttributes(topic, places?.[index], peerOf))
    })
  }
}

/** A topic may stand in a sendBatch several times; kafkajs sends its messages as one batch, in this order. */
function mergedByTopic(prepared: readonly PreparedTopic[]): readonly PreparedTopic[] {
  if (new Set(prepared.map(({ topic }) => topic)).size === prepared.length) return prepared
  const merged = new Map<string, PreparedTopic>()
  for (const part of prepared) {
    const before = merged.get(part.topic)
    merged.set(
      part.topic,
      before === undefined
        ? part
        : {
            topic: part.topic,
            messages: [...before.messages, ...part.messages],
            sendings: [...before.sendings, ...part.sendings],
          },
    )
  }
  return [...merged.values()]
}

function answeredAttributes(
  topic: string,
  place: Coordinates | undefined,
  peerOf: PeerOf,
): Attributes | undefined {
  if (place === undefined) return undefined
  const attributes: Attributes = { 'messaging.destination.partition.id': String(place.partition) }
  if (place.offset !== undefined) attributes['messaging.kafka.offset'] = place.offset
  return addPeer(attributes, peerOf(topic, place.partition))
}

function failAll(prepared: readonly PreparedTopic[], error: unknown): void {
  for (const { sendings } of prepared) for (const sending of sendings) failSend(sending, error)
}
