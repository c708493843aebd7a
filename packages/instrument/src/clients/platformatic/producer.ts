import type { Context } from '@opentelemetry/api'
import { context as contexts } from '@opentelemetry/api'
import { copyWith } from '../../copy.ts'
import { whenSettled } from '../../outcome.ts'
import type { Route } from '../../route.ts'
import type { SendCall, Sending } from '../../send.ts'
import { endSend, endSendCall, failSend, failSendCall, startSend, startSendCall } from '../../send.ts'
import { kafkaRoutes } from '../../systems/kafka.ts'
import type { MessagingTracing } from '../../tracing.ts'
import { guarded, holds } from '../../warn.ts'
import { replaceMethods } from '../amqp/replace.ts'
import { murmur2 } from './murmur2.ts'
import { peersOf } from './peers.ts'
import { placeMessages } from './places.ts'
import type { HeaderForm } from './serializers.ts'
import { givenHeaders, headerFormOf, inForm, keyBytesOf, optionsOf } from './serializers.ts'
import type {
  Callback,
  Partitioner,
  ProducedMessage,
  ProducedOffset,
  Producer,
  Send,
  SendOptions,
} from './shapes.ts'

/** What is known about one producer. */
interface Setup {
  readonly producer: Producer
  readonly routeTo: (topic: string, partition?: number) => Route
  readonly form: HeaderForm | undefined
  /** What decides for messages without a partition; undefined where the client's own way does. */
  readonly partitioner: Partitioner | undefined
  readonly keyBytes: (key: unknown) => Buffer | undefined
  /** In which context a message was written into a producer's stream, which sends it later. */
  readonly writtenIn: WeakMap<object, Context>
}

/** What is sent instead of what the application gave, and the spans of it. */
interface Prepared {
  readonly options: SendOptions
  readonly sendings: readonly Sending[]
  readonly calls: ReadonlyMap<string, SendCall>
  /** What the partitioner said of our copies. */
  readonly partitions: ReadonlyMap<unknown, number>
}

/**
 * Makes a producer traced, its streams and transactions included, which send through it. The object stays the
 * same, since the client's classes have private parts that a view of them would not have.
 */
export function traceProducer(producer: Producer, tracing: MessagingTracing): void {
  const options = optionsOf(producer)
  const routes = kafkaRoutes(tracing)
  const peerOf = peersOf(producer)
  const setup: Setup = {
    producer,
    routeTo: (topic, partition) => routes(topic, partition, peerOf(topic, partition)),
    form: headerFormOf(options),
    partitioner: options.partitioner,
    keyBytes: keyBytesOf(options),
    writtenIn: new WeakMap(),
  }
  replaceMethods(producer, {
    send: method => tracedSend(method as Send, setup),
    asStream: method => tracedStreams(method as (options: unknown) => object, setup),
  })
}

function tracedSend(method: Send, setup: Setup): Send {
  return function send(this: unknown, options: SendOptions, callback?: Callback) {
    const isTraceable = holds(() => isSendOptions(options)) && (!callback || typeof callback === 'function')
    const prepared = isTraceable
      ? guarded('A send could not be traced', () => prepare(setup, options))
      : undefined
    if (prepared === undefined) return Reflect.apply(method, this, [options, callback])
    if (typeof callback !== 'function')
      return whenSettled(
        () => Reflect.apply(method, this, [prepared.options]),
        answer => complete(setup, prepared, answer),
        error => failAll(prepared, error),
      )
    const told = contexts.bind(contexts.active(), callback)
    return Reflect.apply(method, this, [
      prepared.options,
      (...outcome: [unknown, unknown]) => {
        const [error, answer] = outcome
        guarded('The end of a send could not be traced', () =>
          error ? failAll(prepared, error) : complete(setup, prepared, answer),
        )
        told(...outcome)
      },
    ])
  }
}

/** What is not, the client refuses with an error of its own. */
function isSendOptions(value: unknown): value is SendOptions {
  const messages = (value as { messages?: unknown } | null | undefined)?.messages
  return (
    Array.isArray(messages) &&
    messages.every(
      message => typeof message === 'object' && message !== null && typeof message.topic === 'string',
    )
  )
}

/** Copies messages, each with a context in its headers. Reads the caller's objects only. */
function prepare(setup: Setup, options: SendOptions): Prepared {
  const messages: ProducedMessage[] = []
  const sendings: Sending[] = []
  const calls = startCalls(setup, options.messages)
  try {
    for (const message of options.messages) {
      const sending = startOne(setup, message, calls.get(message.topic))
      sendings.push(sending)
      messages.push(copyOf(message, sending, setup.form))
    }
  } catch (error) {
    for (const sending of sendings) failSend(sending, error)
    for (const call of calls.values()) failSendCall(call, error)
    throw error
  }
  const partitions = new Map<unknown, number>()
  const partitioner = options.partitioner ?? setup.partitioner
  const copy =
    typeof partitioner === 'function' && messages.length > 1
      ? { messages, partitioner: remembering(partitioner, partitions) }
      : { messages }
  return { options: copyWith<SendOptions>(options, copy), sendings, calls, partitions }
}

function startCalls(setup: Setup, messages: readonly ProducedMessage[]): ReadonlyMap<string, SendCall> {
  const calls = new Map<string, SendCall>()
  if (messages.length < 2) return calls
  const counts = new Map<string, number>()
  for (const { topic } of messages) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  for (const [topic, count] of counts) {
    const call = startSendCall(setup.routeTo(topic), count)
    if (call !== undefined) calls.set(topic, call)
  }
  return calls
}

function startOne(setup: Setup, message: ProducedMessage, call: SendCall | undefined): Sending {
  const { topic, partition, key, value } = message
  const start = (): Sending =>
    startSend(
      setup.routeTo(topic, typeof partition === 'number' ? partition : undefined),
      { headers: givenHeaders(message.headers), key, value },
      call,
      setup.form?.shape ?? 'map',
    )
  const written = setup.writtenIn.get(message)
  return written === undefined ? start() : contexts.with(written, start)
}

function copyOf(message: ProducedMessage, sending: Sending, form: HeaderForm | undefined): ProducedMessage {
  const { value } = sending
  const headers = form === undefined ? undefined : { headers: inForm(sending.headers, form) }
  return copyWith(message, value === message.value ? { ...headers } : { ...headers, value })
}

function remembering(partitioner: Partitioner, partitions: Map<unknown, number>): Partitioner {
  return (...input) => {
    const partition = partitioner(...input)
    partitions.set(input[0], partition)
    return partition
  }
}

function complete(setup: Setup, prepared: Prepared, answer: unknown): void {
  const { sendings, calls } = prepared
  const offsets = (answer as { offsets?: readonly ProducedOffset[] } | undefined)?.offsets ?? []
  const topics = new Map<string, number[]>()
  prepared.options.messages.forEach(({ topic }, index) => {
    const indices = topics.get(topic)
    if (indices === undefined) topics.set(topic, [index])
    else indices.push(index)
  })
  for (const [topic, indices] of topics) {
    const places = guarded('The answer to a send could not be read', () =>
      placeMessages(topic, indices, offsets, index => partitionOf(setup, prepared, index)),
    )
    indices.forEach((index, order) => {
      const sending = sendings[index]
      const place = places?.[order]
      if (sending === undefined) return
      endSend(sending, place && { route: setup.routeTo(topic, place.partition), offset: place.offset })
    })
  }
  for (const call of calls.values()) endSendCall(call)
}

/** The partition that the client chose, by its own rule: the one given, the partitioner's, or by the key's hash. */
function partitionOf(setup: Setup, { options, partitions }: Prepared, index: number): number | undefined {
  const message = options.messages[index]
  if (message === undefined) return undefined
  const count = setup.producer.currentMetadata?.topics.get(message.topic)?.partitionsCount
  let chosen = partitions.get(message)
  if (typeof message.partition === 'number') chosen = message.partition
  else if (options.partitioner === undefined && setup.partitioner === undefined) {
    const key = setup.keyBytes(message.key)
    chosen = key === undefined || count === undefined ? undefined : murmur2(key) >>> 0
  }
  return chosen === undefined || count === undefined ? chosen : chosen % count
}

function failAll({ sendings, calls }: Prepared, error: unknown): void {
  for (const sending of sendings) failSend(sending, error)
  for (const call of calls.values()) failSendCall(call, error)
}

/** A stream sends its messages later and together: each goes with the context in which it was written. */
function tracedStreams(method: (options: unknown) => object, { writtenIn }: Setup) {
  const noting = (write: (...given: unknown[]) => unknown) =>
    function note(this: unknown, ...given: unknown[]): unknown {
      const [message] = given
      if (typeof message === 'object' && message !== null) writtenIn.set(message, contexts.active())
      return Reflect.apply(write, this, given)
    }
  return function asStream(this: unknown, options: unknown): object {
    const stream = Reflect.apply(method, this, [options]) as object
    guarded('A stream of a producer could not be traced', () =>
      replaceMethods(stream, {
        write: write => noting(write as (...given: unknown[]) => unknown),
        end: end => noting(end as (...given: unknown[]) => unknown),
      }),
    )
    return stream
  }
}
