import { subscribe } from 'node:diagnostics_channel'
import type { Readable } from 'node:stream'
import { pulledOf } from '../../pulled.ts'
import type { Settling } from '../../settle.ts'
import { endSettle, failSettle } from '../../settle.ts'
import type { MessagingOptions, MessagingTracing } from '../../tracing.ts'
import { messagingTracing } from '../../tracing.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { TracedConsumer } from './consumer.ts'
import {
  closeAnswer,
  openAnswer,
  receiveMessage,
  startCommit,
  traceConsumer,
  traceMessageCommit,
} from './consumer.ts'
import { traceProducer } from './producer.ts'
import type { ConsumedMessage, Consumer, FetchResponse, Producer, RawRecord } from './shapes.ts'
import { traceStream } from './stream.ts'

/*
 * The client's own channels (node:diagnostics_channel) that are listened to:
 *
 *   plt:kafka:instances                        { type, instance }                      zero-code start only
 *   tracing:plt:kafka:producer:sends:start     { client }                              zero-code start only
 *   tracing:plt:kafka:consumer:consumes        { client, options, result: the stream }
 *   tracing:plt:kafka:consumer:fetches         { client, result: the broker's answer }
 *   tracing:plt:kafka:consumer:receives        { client, stream, raw: the record, result: the message }
 *   tracing:plt:kafka:producer:transactions    { operation: 'commitOffset', message }
 *
 * Sends are wrapped instead: a channel shows the application's own options, which are not ours to change.
 */
const channels = 'plt:kafka'

/** What the channels' events have, each some of it. */
interface Event {
  readonly client?: object
  readonly stream?: object
  readonly options?: { readonly autocommit?: unknown }
  readonly raw?: RawRecord
  readonly operation?: string
  readonly message?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

const consumers = new WeakMap<object, TracedConsumer>()
const tracedProducers = new WeakSet<object>()
/** Streams whose messages the application commits. */
const committedByApplication = new WeakSet<object>()
const fetchedSince = new WeakMap<object, Date>()
const committing = new WeakMap<object, Settling>()
let isListening = false
/** What zero-code start traces clients with; tracing one by itself takes precedence. */
let everywhere: MessagingTracing | undefined

/**
 * Makes a producer or a consumer of @platformatic/kafka traced, and gives it back: it is the same object. Trace a
 * consumer before it consumes. Tracing a client again replaces the options.
 *
 * @param client an instance of `Producer` or `Consumer`, 1.11 and later, 2.x.
 *
 * @example
 * const producer = tracePlatformatic(new Producer({ clientId: 'shop', bootstrapBrokers }))
 */
export function tracePlatformatic<Client extends object>(
  client: Client,
  options: MessagingOptions = {},
): Client {
  const isClient = guarded('A client could not be traced', () =>
    traceClient(client, messagingTracing(options)),
  )
  if (isClient === false)
    warnOnce('tracePlatformatic was given something that is no producer or consumer of @platformatic/kafka')
  return client
}

/**
 * Makes every producer and consumer traced that is made from now on, in every copy of the client; those that exist
 * already from their next send or fetch on. Calling it again replaces the options.
 */
export function tracePlatformaticInstances(options: MessagingOptions = {}): void {
  const isFirst = everywhere === undefined
  everywhere = messagingTracing(options)
  listen()
  if (!isFirst) return
  subscribe(`${channels}:instances`, message => {
    const { type, instance } = message as { readonly type?: string; readonly instance?: object }
    if (type === 'producer' || type === 'consumer') traceUnknown(instance)
  })
  subscribe(`tracing:${channels}:producer:sends:start`, message => traceUnknown((message as Event).client))
  subscribe(`tracing:${channels}:consumer:consumes:start`, message => traceUnknown((message as Event).client))
}

function traceUnknown(client: object | undefined): void {
  const tracing = everywhere
  if (client === undefined || tracing === undefined) return
  if (consumers.has(client) || tracedProducers.has(client)) return
  guarded('A client could not be traced', () => traceClient(client, tracing))
}

function traceClient(client: object, tracing: MessagingTracing): boolean {
  if (isProducer(client)) {
    traceProducer(client, tracing)
    tracedProducers.add(client)
    return true
  }
  if (!isConsumer(client)) return false
  listen()
  consumers.set(client, traceConsumer(client, tracing))
  return true
}

function isProducer(client: object): client is Producer {
  const { send, initIdempotentProducer } = client as Partial<Producer>
  return typeof send === 'function' && typeof initIdempotentProducer === 'function'
}

function isConsumer(client: object): client is Consumer {
  const { consume, joinGroup } = client as Partial<Consumer>
  return typeof consume === 'function' && typeof joinGroup === 'function'
}

function listen(): void {
  if (isListening) return
  isListening = true
  onConsumer('consumes:asyncStart', (_, { options, result }) => {
    if (typeof result !== 'object' || result === null) return
    if (options?.autocommit === false) committedByApplication.add(result)
    traceStream(result as Readable)
  })
  onConsumer('fetches:start', (_, event) => {
    fetchedSince.set(event, new Date())
  })
  onConsumer('fetches:asyncStart', (traced, event) => {
    const since = fetchedSince.get(event)
    if (since !== undefined && event.error === undefined && event.result !== undefined)
      openAnswer(traced, since, event.result as FetchResponse)
  })
  onConsumer('fetches:asyncEnd', traced => closeAnswer(traced))
  onConsumer('receives:asyncStart', (traced, { stream, raw, result }) => {
    const message = result as ConsumedMessage
    const streamed = receiveMessage(traced, message, raw)
    if (stream !== undefined && committedByApplication.has(stream)) traceMessageCommit(message, streamed)
  })
  onTransaction('start', event => {
    const streamed = event.operation === 'commitOffset' ? pulledOf(event.message) : undefined
    if (streamed !== undefined) committing.set(event, startCommit(streamed))
  })
  onTransaction('asyncStart', event => {
    const settling = committing.get(event)
    if (settling === undefined) return
    if (event.error) failSettle(settling, event.error)
    else endSettle(settling)
  })
}

/** Hears of offsets that are committed within a transaction of a producer, which need not be traced itself. */
function onTransaction(name: string, hear: (event: Event) => void): void {
  subscribe(`tracing:${channels}:producer:transactions:${name}`, message => {
    guarded('A commit could not be traced', () => hear(message as Event))
  })
}

/** Hears one kind of event of the consumers that are traced. What a listener throws would end the process. */
function onConsumer(name: string, hear: (traced: TracedConsumer, event: Event) => void): void {
  subscribe(`tracing:${channels}:consumer:${name}`, message => {
    const event = message as Event
    const traced = event.client === undefined ? undefined : consumers.get(event.client)
    if (traced !== undefined) guarded('A message could not be traced', () => hear(traced, event))
  })
}
