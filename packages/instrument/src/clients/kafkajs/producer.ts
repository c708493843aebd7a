import { copyWith } from '../../copy.ts'
import type { HeaderRecord } from '../../headers.ts'
import { whenSettled } from '../../outcome.ts'
import type { Route } from '../../route.ts'
import type { SendCall, Sending } from '../../send.ts'
import {
  endSend,
  endSendCall,
  failSend,
  failSendCall,
  startSend,
  startSendCall,
  wantsAnswer,
} from '../../send.ts'
import type { KafkaRoutes } from '../../systems/kafka.ts'
import { kafkaRoutes } from '../../systems/kafka.ts'
import type { MessagingTracing } from '../../tracing.ts'
import { guarded, holds } from '../../warn.ts'
import type { PeerOf } from './cluster.ts'
import { tracedSendOffsets } from './commit.ts'
import type { Coordinates } from './partitions.ts'
import { assigned, copied, notYetAssigned, placeMessages } from './partitions.ts'
import type { ProducedMessage, Producer, RecordMetadata, Sender, TopicMessages } from './shapes.ts'

type RouteTo = (topic: string, partition: number | undefined) => Route

/** What is sent instead of what the application gave, and the spans of it. */
interface PreparedTopic {
  readonly topic: string
  readonly copy: TopicMessages
  readonly messages: readonly ProducedMessage[]
  readonly sendings: readonly Sending[]
  readonly calls: readonly SendCall[]
}

/** A producer that does what `producer` does, with a span for every message it sends. */
export function tracedProducer(producer: Producer, tracing: MessagingTracing, peerOf: PeerOf): Producer {
  const routes = kafkaRoutes(tracing)
  const routeTo: RouteTo = (topic, partition) => routes(topic, partition, peerOf(topic, partition))
  return Object.assign({}, producer, tracedSender(producer, routeTo), {
    async transaction() {
      const transaction = await producer.transaction()
      const { sendOffsets } = transaction
      return Object.assign(
        {},
        transaction,
        tracedSender(transaction, routeTo),
        sendOffsets && { sendOffsets: tracedSendOffsets(sendOffsets, groupRoutes(tracing, peerOf)) },
      )
    },
  })
}

/** The routes of the groups whose offsets one transaction commits. */
function groupRoutes(tracing: MessagingTracing, peerOf: PeerOf) {
  const groups = new Map<string | undefined, KafkaRoutes>()
  return (group: string | undefined, topic: string, partition?: number): Route => {
    const routes = groups.get(group) ?? kafkaRoutes(tracing, group)
    groups.set(group, routes)
    return routes(topic, partition, peerOf(topic, partition))
  }
}

function tracedSender(sender: Sender, routeTo: RouteTo): Sender {
  return {
    send(record) {
      if (!holds(() => isTopicMessages(record))) return sender.send(record)
      const prepared = guarded('A send could not be traced', () => prepare(routeTo, record))
      if (prepared === undefined) return sender.send(record)
      return completed([prepared], routeTo, () => sender.send(prepared.copy))
    },
    sendBatch(batch) {
      if (!holds(() => isBatch(batch))) return sender.sendBatch(batch)
      const prepared = guarded('A sendBatch could not be traced', () =>
        prepareAll(routeTo, batch.topicMessages ?? []),
      )
      if (prepared === undefined) return sender.sendBatch(batch)
      const topicMessages = prepared.map(({ copy }) => copy)
      return completed(prepared, routeTo, () => sender.sendBatch(copyWith(batch, { topicMessages })))
    },
  }
}

function isBatch(value: unknown): boolean {
  const topics = (value as { topicMessages?: unknown } | null | undefined)?.topicMessages
  return Array.isArray(topics) && topics.every(isTopicMessages)
}

/** What is not, the client refuses with an error of its own. */
export function isTopicMessages(value: unknown): value is TopicMessages {
  if (typeof value !== 'object' || value === null) return false
  const { topic, messages } = value as { topic?: unknown; messages?: unknown }
  return (
    typeof topic === 'string' &&
    Array.isArray(messages) &&
    messages.every(message => typeof message === 'object' && message !== null)
  )
}

function prepareAll(routeTo: RouteTo, topics: readonly TopicMessages[]): readonly PreparedTopic[] {
  const prepared: PreparedTopic[] = []
  try {
    for (const topicMessages of topics) prepared.push(prepare(routeTo, topicMessages))
  } catch (error) {
    failAll(prepared, error)
    throw error
  }
  return prepared
}

/** Copies the messages of one topic, each with a context in its headers. Reads the caller's objects only. */
function prepare(routeTo: RouteTo, record: TopicMessages): PreparedTopic {
  const { topic } = record
  const messages: ProducedMessage[] = []
  const sendings: Sending[] = []
  const call = startSendCall(routeTo(topic, undefined), record.messages.length)
  try {
    for (const message of record.messages) {
      const { headers, key, value, partition } = message
      const sending = startSend(routeTo(topic, partition), { headers, key, value }, call)
      sendings.push(sending)
      messages.push(copyOf(message, sending))
    }
  } catch (error) {
    for (const sending of sendings) failSend(sending, error)
    if (call !== undefined) failSendCall(call, error)
    throw error
  }
  const copy = copyWith(record, { topic, messages })
  return { topic, copy, messages, sendings, calls: call === undefined ? [] : [call] }
}

function copyOf(message: ProducedMessage, { headers, value }: Sending): ProducedMessage {
  const copy: ProducedMessage & Record<PropertyKey, unknown> = {
    key: message.key,
    value,
    partition: message.partition as number,
    timestamp: message.timestamp as string,
    headers: headers as HeaderRecord,
    [assigned]: notYetAssigned,
    [copied]: message,
  }
  // Where no partitioner of ours stands in, that of the application reads fields of its own from the copy.
  for (const name in message)
    if (!(name in copy)) copy[name] = (message as unknown as Record<string, unknown>)[name]
  return copy
}

function completed(
  prepared: readonly PreparedTopic[],
  routeTo: RouteTo,
  send: () => Promise<readonly RecordMetadata[]>,
): Promise<readonly RecordMetadata[]> {
  return whenSettled(
    send,
    answer => complete(prepared, routeTo, Array.isArray(answer) ? answer : []),
    error => failAll(prepared, error),
  )
}

function complete(
  prepared: readonly PreparedTopic[],
  routeTo: RouteTo,
  answer: readonly RecordMetadata[],
): void {
  for (const { topic, messages, sendings, calls } of mergedByTopic(prepared)) {
    if (calls.length === 0 && !sendings.some(wantsAnswer)) {
      for (const sending of sendings) endSend(sending)
      continue
    }
    const places = guarded('The answer to a send could not be read', () =>
      placeMessages(topic, messages, answer),
    )
    endAll(sendings, places, partition => routeTo(topic, partition))
    const place = onlyPartition(places)
    for (const call of calls)
      endSendCall(call, place === undefined ? undefined : { route: routeTo(topic, place) })
  }
}

/** Ends sendings with what is known of their places; messages of one partition share the answer's route. */
function endAll(
  sendings: readonly Sending[],
  places: readonly (Coordinates | undefined)[] | undefined,
  routeOf: (partition: number) => Route,
): void {
  let partition: number | undefined
  let route: Route | undefined
  sendings.forEach((sending, index) => {
    const place = places?.[index]
    if (place !== undefined && place.partition !== partition) {
      partition = place.partition
      route = routeOf(partition)
    }
    endSend(sending, place === undefined ? undefined : { route, offset: place.offset })
  })
}

/** The partition that all messages went to, if it is one. */
function onlyPartition(places: readonly (Coordinates | undefined)[] | undefined): number | undefined {
  const partition = places?.[0]?.partition
  return places?.every(place => place?.partition === partition) ? partition : undefined
}

/** A topic may stand in a sendBatch several times; kafkajs sends its messages as one batch, in this order. */
function mergedByTopic(prepared: readonly PreparedTopic[]): readonly PreparedTopic[] {
  if (prepared.length === 1 || new Set(prepared.map(({ topic }) => topic)).size === prepared.length)
    return prepared
  const merged = new Map<string, PreparedTopic>()
  for (const part of prepared) {
    const before = merged.get(part.topic)
    merged.set(
      part.topic,
      before === undefined
        ? part
        : {
            topic: part.topic,
            copy: part.copy,
            messages: [...before.messages, ...part.messages],
            sendings: [...before.sendings, ...part.sendings],
            calls: [...before.calls, ...part.calls],
          },
    )
  }
  return [...merged.values()]
}

function failAll(prepared: readonly PreparedTopic[], error: unknown): void {
  for (const { sendings, calls } of prepared) {
    for (const sending of sendings) failSend(sending, error)
    for (const call of calls) failSendCall(call, error)
  }
}
