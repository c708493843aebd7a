import { context as contexts } from '@opentelemetry/api'
import type { MessageHeaders } from '../../headers.ts'
import type { Message } from '../../message.ts'
import { whenSettled } from '../../outcome.ts'
import type { PulledMessage } from '../../pulled.ts'
import type { Route } from '../../route.ts'
import type { Settling } from '../../settle.ts'
import { endSettle, failSettle, startSettle } from '../../settle.ts'
import type { Fetched } from '../../streamed.ts'
import { endFetched, keepStreamed, startFetched } from '../../streamed.ts'
import { kafkaRoutes } from '../../systems/kafka.ts'
import type { MessagingTracing } from '../../tracing.ts'
import { guarded } from '../../warn.ts'
import { replaceMethods } from '../amqp/replace.ts'
import { tracedCommit } from '../kafkajs/commit.ts'
import { peersOf } from './peers.ts'
import type {
  Callback,
  Commit,
  CommitOptions,
  ConsumedMessage,
  Consumer,
  FetchResponse,
  RawRecord,
} from './shapes.ts'

/** What is known about one consumer. */
export interface TracedConsumer {
  readonly consumer: Consumer
  readonly routeTo: (topic: string, partition?: number) => Route
  /** The answer to a fetch, while the client takes it apart. */
  answer: Answer | undefined
}

interface Answer {
  readonly startedAt: Date
  readonly response: FetchResponse
  readonly batches: Map<Route, Batch>
}

/** The messages of one partition in one answer. */
interface Batch {
  readonly fetched: Fetched
  readonly highWatermark: bigint | undefined
}

/**
 * Makes the commits of a consumer traced that the application waits for as a promise. The client itself, which
 * commits by callbacks, is told apart by that: what it commits on its own belongs to no message.
 */
export function traceConsumer(consumer: Consumer, tracing: MessagingTracing): TracedConsumer {
  const routes = kafkaRoutes(tracing, consumer.groupId)
  const peerOf = peersOf(consumer)
  const routeTo = (topic: string, partition?: number): Route =>
    routes(topic, partition, peerOf(topic, partition))
  replaceMethods(consumer, {
    commit: method =>
      function commit(this: unknown, options: CommitOptions, callback?: Callback): unknown {
        const call = (): Promise<void> => Reflect.apply(method, this, [options, callback]) as Promise<void>
        return callback ? call() : tracedCommit(call, routeTo)(committed(options))
      },
  })
  return { consumer, routeTo, answer: undefined }
}

function committed(options: CommitOptions) {
  const offsets = Array.isArray(options?.offsets) ? (options.offsets as CommitOptions['offsets']) : []
  return offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) }))
}

/** The client has got an answer to a fetch and is about to take it apart. */
export function openAnswer(traced: TracedConsumer, startedAt: Date, response: FetchResponse): void {
  traced.answer = { startedAt, response, batches: new Map() }
}

/** The client has taken an answer apart: its messages are in the stream. */
export function closeAnswer(traced: TracedConsumer): void {
  const batches = traced.answer?.batches
  traced.answer = undefined
  for (const { fetched } of batches?.values() ?? []) endFetched(fetched)
}

/** The client is about to put a message into a stream. */
export function receiveMessage(
  traced: TracedConsumer,
  message: ConsumedMessage,
  raw: RawRecord | undefined,
): PulledMessage {
  const { topic, partition } = message
  const route = traced.routeTo(topic, partition)
  const batch = traced.answer && batchOf(traced, traced.answer, route, topic, partition)
  return keepStreamed(route, described(message, raw, batch), batch?.fetched)
}

function batchOf(
  { consumer }: TracedConsumer,
  { startedAt, response, batches }: Answer,
  route: Route,
  topic: string,
  partition: number,
): Batch {
  const known = batches.get(route)
  if (known !== undefined) return known
  const id = consumer.currentMetadata?.topics.get(topic)?.id
  const batch = {
    fetched: startFetched(route, startedAt),
    highWatermark: highWatermarkOf(response, id, partition),
  }
  batches.set(route, batch)
  return batch
}

/** Answers name topics by their ids. Where the client does not tell a topic's id, only one topic may be meant. */
function highWatermarkOf(
  { responses }: FetchResponse,
  topicId: string | undefined,
  partition: number,
): bigint | undefined {
  const found = responses
    .filter(response => topicId === undefined || response.topicId === topicId)
    .flatMap(response => response.partitions)
    .filter(({ partitionIndex, records }) => partitionIndex === partition && records)
  return found.length === 1 ? found[0]?.highWatermark : undefined
}

function described(message: ConsumedMessage, raw: RawRecord | undefined, batch: Batch | undefined): Message {
  const headers = readableHeaders(message, raw)
  const key = typeof message.key === 'string' ? message.key : (raw?.key ?? message.key)
  const value = raw?.value === null ? null : message.value
  const { offset, timestamp: timestampMs } = message
  if (batch === undefined) return { headers, original: message, key, value, offset, timestampMs }
  const { highWatermark } = batch
  const position = batch.fetched.messageCount
  return { headers, original: message, key, value, offset, timestampMs, position, highWatermark }
}

/**
 * The headers as the application's deserializers made them; as they came, where those are neither texts nor bytes.
 * Of repeated names the map has the last value, as the client fills it in their order.
 */
function readableHeaders({ headers }: ConsumedMessage, raw: RawRecord | undefined): MessageHeaders {
  if (raw === undefined) return headers
  for (const [name, value] of headers) {
    const isReadable = isText(name) && isText(value)
    return isReadable ? headers : raw.headers
  }
  return raw.headers
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array
}

/** Starts the span of one message's commit, within the span of whoever works on the message. */
export function startCommit({ route, message, processingContext }: PulledMessage): Settling {
  return startSettle(route, {
    name: 'commit',
    message: { headers: undefined, offset: message.offset },
    parent: processingContext,
  })
}

/** Makes a message's own commit traced: a settlement within the span of whoever works on the message. */
export function traceMessageCommit(message: ConsumedMessage, streamed: PulledMessage): void {
  const { commit } = message
  if (typeof commit !== 'function') return
  message.commit = function tracedCommit(this: unknown, callback?: Callback): unknown {
    const settling = guarded('A commit could not be traced', () => startCommit(streamed))
    const call = (...given: Parameters<Commit>): unknown => Reflect.apply(commit, this, given)
    if (settling === undefined) return call(callback)
    if (typeof callback !== 'function')
      return whenSettled(
        () => call(callback),
        () => endSettle(settling),
        error => failSettle(settling, error),
      )
    const told = contexts.bind(contexts.active(), callback)
    return call((...outcome) => {
      const [error] = outcome
      guarded('The end of a commit could not be traced', () =>
        error ? failSettle(settling, error) : endSettle(settling),
      )
      told(...outcome)
    })
  }
}
