import { dockerAnswers } from './docker.ts'
import { kafkaAnswers } from './kafka-answers.ts'
import { startDockerKafka } from './kafka-docker.ts'
import { startLocalKafka } from './kafka-local.ts'
import type { KafkaCredentials } from './kafka-settings.ts'

/** A Kafka that answers. */
export interface KafkaBroker {
  /** `host:port` of every bootstrap broker. */
  readonly brokers: readonly string[]
  /** Where it comes from. */
  readonly kind: 'existing' | 'docker' | 'local'
  /** Ends what was started and removes its data; an existing broker is left alone. */
  stop(): Promise<void>
}

export interface KafkaOptions {
  /** The broker's port on 127.0.0.1; a free one when not given. */
  readonly port?: number
  /** What clients of a local broker log in with (SASL, mechanism PLAIN); without it, anybody may. */
  readonly credentials?: KafkaCredentials
  /** Where a local broker keeps its data, and finds it again; a temporary folder that goes with it where absent. */
  readonly dataDir?: string
  /** Java heap of a local broker. */
  readonly heapMegabytes?: number
  /** Told what takes time, such as a download. */
  readonly onProgress?: (line: string) => void
}

const existingBoundMs = 10_000

/**
 * A real Kafka for an example or a test: the one that KAFKA_BROKERS names (`host:port`, several by comma),
 * else a container if a Docker engine answers, else a local process of Maven Central's jars.
 * Resolves when it takes requests. Throws BrokerUnavailable, with the command that would help, if none can be had.
 *
 * @example
 * const kafka = await startKafka()
 * const client = new Kafka({ brokers: [...kafka.brokers] })
 * await kafka.stop()
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  const existing = namedBrokers(process.env['KAFKA_BROKERS'])
  if (existing.length > 0) {
    await kafkaAnswers(existing, existingBoundMs)
    return { brokers: existing, kind: 'existing', stop: () => Promise.resolve() }
  }
  if (await dockerAnswers()) return startDockerKafka(options)
  return startLocalKafka(options)
}

/** The addresses in a value like KAFKA_BROKERS'. */
export function namedBrokers(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map(address => address.trim())
    .filter(address => address !== '')
}
