import { dockerAnswers } from './docker.ts'
import { rabbitmqAnswers } from './rabbitmq-answers.ts'
import { startDockerRabbitmq } from './rabbitmq-docker.ts'
import { startLocalRabbitmq } from './rabbitmq-local.ts'

/** A RabbitMQ that answers. */
export interface RabbitmqBroker {
  /** `amqp://user:password@host:port`. */
  readonly url: string
  /** Where it comes from. */
  readonly kind: 'existing' | 'docker' | 'local'
  /** Ends what was started and removes its data; an existing broker is left alone. */
  stop(): Promise<void>
}

export interface RabbitmqOptions {
  /** The broker's port on 127.0.0.1; a free one when not given. */
  readonly port?: number
  /** Told what takes time, such as a download. */
  readonly onProgress?: (line: string) => void
}

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
