import type { MessagingOptions } from '../../tracing.ts'
import { messagingTracing } from '../../tracing.ts'
import { guarded } from '../../warn.ts'
import type { StateOf } from '../librdkafka/client-state.ts'
import { clientStates } from '../librdkafka/client-state.ts'
import type { Wrappers } from '../librdkafka/methods.ts'
import { replaceMethods } from '../librdkafka/methods.ts'
import { consumerMethods } from './consumer.ts'
import { producerMethods } from './producer.ts'
import type { KafkaClient } from './shapes.ts'

/**
 * Whether this is a `Kafka` of @confluentinc/kafka-javascript, which looks like kafkajs's but for the logger that
 * kafkajs's gives out.
 */
export function isConfluentKafka(kafka: object): boolean {
  const { producer, consumer, admin, logger } = kafka as Readonly<Record<string, unknown>>
  return [producer, consumer, admin].every(method => typeof method === 'function') && logger === undefined
}

/**
 * A client of @confluentinc/kafka-javascript's KafkaJS-like API whose producers and consumers are traced: a view of
 * `kafka`, which itself stays as it is. Its methods run on the client, since that has private fields.
 */
export function traceConfluentKafka<Kafka extends object>(kafka: Kafka, options: MessagingOptions): Kafka {
  const states = clientStates(messagingTracing(options))
  const view: Kafka = Object.create(kafka)
  for (const [name, wrappers] of [
    ['producer', producerMethods],
    ['consumer', consumerMethods],
    ['admin', {}],
  ] as const)
    Object.defineProperty(view, name, {
      value: factoryOf(kafka as unknown as KafkaClient, name, wrappers, states),
      configurable: true,
      writable: true,
    })
  return view
}

function factoryOf(
  kafka: KafkaClient,
  name: keyof KafkaClient,
  wrappers: Wrappers<StateOf>,
  states: StateOf,
): (config?: object) => object {
  return config => {
    const client = kafka[name](config)
    guarded(`A ${name} could not be traced`, () => replaceMethods(client, wrappers, states))
    return client
  }
}

/** What the modules `_producer` and `_consumer` of `lib/kafkajs` export. */
interface ConfluentModule {
  readonly Producer?: { readonly prototype: object }
  readonly Consumer?: { readonly prototype: object }
}

/**
 * Makes every producer or consumer of a loaded @confluentinc/kafka-javascript traced, those that exist already
 * included; consumers that run already are not. Patching again replaces the options.
 */
export function patchConfluent(module: object, options: MessagingOptions = {}): void {
  const { Producer, Consumer } = module as ConfluentModule
  const states = clientStates(messagingTracing(options))
  if (Producer !== undefined) replaceMethods(Producer.prototype, producerMethods, states)
  if (Consumer !== undefined) replaceMethods(Consumer.prototype, consumerMethods, states)
}
