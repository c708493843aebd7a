import type { TopicMessages } from '../kafkajs/shapes.ts'
import type { Consumer as LibrdkafkaConsumer, Producer as LibrdkafkaProducer } from '../librdkafka/shapes.ts'

// What is read of the KafkaJS-like API of @confluentinc/kafka-javascript, whose classes keep what is theirs in
// private fields: their methods run on the objects themselves only, never on a copy or a view.

/** A producer or consumer. It has a client of librdkafka's API within from when it connects. */
export interface Wrapping<Internal> {
  readonly connect: (...args: unknown[]) => unknown
  readonly _getInternalClient?: () => Internal | null | undefined
}

export interface Producer extends Wrapping<LibrdkafkaProducer> {
  readonly send: (record: TopicMessages) => Promise<unknown>
  readonly sendOffsets: (...args: unknown[]) => unknown
}

export interface Consumer extends Wrapping<LibrdkafkaConsumer> {
  readonly run: (config?: object) => unknown
  readonly commitOffsets: (...args: unknown[]) => unknown
}

/** What `Kafka` gives. */
export interface KafkaClient {
  readonly producer: (config?: object) => object
  readonly consumer: (config?: object) => object
  readonly admin: (config?: object) => object
}

/** A producer's or consumer's client within; undefined before it connects. */
export function internalOf<Internal>(client: Wrapping<Internal>): Internal | undefined {
  return client._getInternalClient?.() ?? undefined
}
