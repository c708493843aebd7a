import { Readable, Writable } from 'node:stream'
import type { MessagingOptions } from '../../tracing.ts'
import { messagingTracing } from '../../tracing.ts'
import { guarded, warnOnce } from '../../warn.ts'
import { clientStates } from './client-state.ts'
import { consumerMethods } from './consumer.ts'
import { replaceMethods } from './methods.ts'
import { highLevelProducerMethods, producerMethods } from './producer.ts'
import { readStreamMethods } from './read-stream.ts'
import { writeStreamMethods } from './write-stream.ts'

/**
 * Makes a client of librdkafka's API traced and gives it back: it is the same object. Do so before it consumes.
 * Tracing a client again replaces the options.
 *
 * @param client a `Producer`, `HighLevelProducer` or `KafkaConsumer`, or a stream that `createReadStream` or
 *   `createWriteStream` made: of node-rdkafka 3.x, or of @confluentinc/kafka-javascript 1.x.
 *
 * @example
 * const producer = traceRdkafka(new Producer({ 'metadata.broker.list': brokers, dr_cb: true }))
 */
export function traceRdkafka<Client extends object>(client: Client, options: MessagingOptions = {}): Client {
  const isKnown = guarded('A client could not be traced', () => traceClient(client, options)) ?? true
  if (!isKnown) warnOnce("traceRdkafka was given something that is no client of librdkafka's API")
  return client
}

/** What streams and producers have, by which they are told apart. */
interface Traceable {
  readonly consumer?: unknown
  readonly producer?: unknown
  readonly produce?: unknown
  readonly consume?: unknown
  readonly _oldProduce?: unknown
}

function traceClient(client: object, options: MessagingOptions): boolean {
  const { consumer, producer, produce, consume, _oldProduce } = client as Traceable
  if (client instanceof Readable && typeof consumer === 'object' && consumer !== null) {
    replaceMethods(client, readStreamMethods, undefined)
    return traceClient(consumer, options)
  }
  if (client instanceof Writable && typeof producer === 'object' && producer !== null) {
    replaceMethods(client, writeStreamMethods, undefined)
    return traceClient(producer, options)
  }
  const states = clientStates(messagingTracing(options))
  if (typeof _oldProduce === 'function') replaceMethods(client, highLevelProducerMethods, states)
  else if (typeof produce === 'function') replaceMethods(client, producerMethods, states)
  else if (typeof consume === 'function') replaceMethods(client, consumerMethods, states)
  else return false
  return true
}

/** The modules of both packages that hold a class, and what its prototype gets. */
const modules = {
  producer: producerMethods,
  'kafka-consumer': consumerMethods,
  'kafka-consumer-stream': readStreamMethods,
  'producer-stream': writeStreamMethods,
} as const

export type LibrdkafkaModule = keyof typeof modules

export const librdkafkaModules = Object.keys(modules) as readonly LibrdkafkaModule[]

/**
 * Makes every client of a loaded package traced, those that exist already included; but of HighLevelProducers only
 * those that are made from now on. Patching again replaces the options.
 *
 * @param name of the file in the package's `lib`.
 * @param exported the class that it exports.
 */
export function patchLibrdkafka(
  name: LibrdkafkaModule,
  exported: object,
  options: MessagingOptions = {},
): void {
  const { prototype } = exported as { readonly prototype?: object }
  if (prototype === undefined) return
  replaceMethods(prototype, modules[name], clientStates(messagingTracing(options)))
}
