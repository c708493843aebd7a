import { pullImage, removeContainer, runContainer } from './docker.ts'
import { BrokerUnavailable } from './errors.ts'
import { freePorts } from './free-port.ts'
import { kafkaAnswers } from './kafka-answers.ts'
import type { KafkaBroker, KafkaOptions } from './kafka-broker.ts'
import { kafkaVersion } from './kafka-jars.ts'
import { kafkaSettings } from './kafka-settings.ts'

/** A broker in a container of Apache's own image, reachable at a port of 127.0.0.1. */
export async function startDockerKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  const image = `apache/kafka:${kafkaVersion}`
  await pullImage(image, options.onProgress ?? (() => undefined))
  const [free = 0] = await freePorts(1)
  const port = options.port ?? free
  const name = `waybill-kafka-${process.pid}-${port}`
  // The same port inside as outside: the broker reaches itself, for transactions, under what it advertises.
  const settings = kafkaSettings({ broker: port, controller: 9093 }, '0.0.0.0', '/tmp/kraft-combined-logs')
  const container = runContainer({
    name,
    image,
    ports: [port],
    env: imageVariables(settings),
  })
  const brokers = [`127.0.0.1:${port}`]
  const output: string[] = []
  container.onLine(line => output.push(line) > 20 && output.shift())
  const stop = async (): Promise<void> => {
    await container.end()
    await removeContainer(name)
  }
  const endedEarly = container.ended.then(how => {
    throw new BrokerUnavailable(
      `The Kafka container ended (${how}): ${output.at(-1) ?? 'it printed nothing'}`,
    )
  })
  // Ending later, when we stop it, is no error.
  endedEarly.catch(() => undefined)
  try {
    await Promise.race([kafkaAnswers(brokers, 90_000), endedEarly])
  } catch (error) {
    await stop()
    throw error
  }
  return { brokers, kind: 'docker', stop }
}

/** The image reads `log.dirs` from KAFKA_LOG_DIRS: upper case, dots as underscores. */
function imageVariables(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]),
  )
}
