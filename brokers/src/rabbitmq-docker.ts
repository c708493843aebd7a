import { pullImage, removeContainer, runContainer } from './docker.ts'
import { BrokerUnavailable } from './errors.ts'
import { freePorts } from './free-port.ts'
import { rabbitmqAnswers } from './rabbitmq-answers.ts'
import type { RabbitmqBroker, RabbitmqOptions } from './rabbitmq-broker.ts'

const image = 'rabbitmq:4.1'
const startBoundMs = 90_000

/** A broker in a container of RabbitMQ's own image, reachable at a port of 127.0.0.1. */
export async function startDockerRabbitmq(options: RabbitmqOptions = {}): Promise<RabbitmqBroker> {
  await pullImage(image, options.onProgress ?? (() => undefined))
  const [free = 0] = await freePorts(1)
  const port = options.port ?? free
  const name = `waybill-rabbitmq-${process.pid}-${port}`
  const container = runContainer({
    name,
    image,
    ports: [port],
    env: { RABBITMQ_NODE_PORT: String(port), RABBITMQ_DEFAULT_USER: 'guest', RABBITMQ_DEFAULT_PASS: 'guest' },
  })
  const url = `amqp://guest:guest@127.0.0.1:${port}`
  const output: string[] = []
  container.onLine(line => output.push(line) > 20 && output.shift())
  const stop = async (): Promise<void> => {
    await container.end()
    await removeContainer(name)
  }
  const endedEarly = container.ended.then(how => {
    throw new BrokerUnavailable(
      `The RabbitMQ container ended (${how}): ${output.at(-1) ?? 'it printed nothing'}`,
    )
  })
  // Ending later, when we stop it, is no error.
  endedEarly.catch(() => undefined)
  try {
    await Promise.race([rabbitmqAnswers(url, startBoundMs), endedEarly])
  } catch (error) {
    await stop()
    throw error
  }
  return { url, kind: 'docker', stop }
}
