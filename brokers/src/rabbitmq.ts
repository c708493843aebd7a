import { dockerAnswers } from './docker.ts'
import { rabbitmqAnswers } from './rabbitmq-answers.ts'
import type { RabbitmqBroker, RabbitmqOptions } from './rabbitmq-broker.ts'
import { startDockerRabbitmq } from './rabbitmq-docker.ts'
import { startLocalRabbitmq } from './rabbitmq-local.ts'

const existingBoundMs = 10_000

/**
 * A real RabbitMQ for an example or a test: the one that AMQP_URL names, else a container if a Docker engine
 * answers, else a local process of the system's or Debian's package. Resolves when it takes connections.
 * Throws BrokerUnavailable, with the command that would help, if none can be had.
 *
 * @example
 * const rabbitmq = await startRabbitmq()
 * const connection = await amqplib.connect(rabbitmq.url)
 * await rabbitmq.stop()
 */
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<RabbitmqBroker> {
  const existing = process.env['AMQP_URL']?.trim() ?? ''
  if (existing !== '') {
    await rabbitmqAnswers(existing, existingBoundMs)
    return { url: existing, kind: 'existing', stop: () => Promise.resolve() }
  }
  if (await dockerAnswers()) return startDockerRabbitmq(options)
  return startLocalRabbitmq(options)
}
