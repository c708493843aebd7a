import { dockerAnswers } from './docker.ts'
import { kafkaAnswers } from './kafka-answers.ts'
import type { KafkaBroker, KafkaOptions } from './kafka-broker.ts'
import { startDockerKafka } from './kafka-docker.ts'
import { startLocalKafka } from './kafka-local.ts'

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
