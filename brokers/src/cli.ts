import { parseArgs } from 'node:util'
import { dockerAnswers } from './docker.ts'
import { BrokerUnavailable } from './errors.ts'
import { namedBrokers, startKafka } from './kafka.ts'
import { kafkaJars } from './kafka-jars.ts'
import { startRabbitmq } from './rabbitmq.ts'

/*
 * `cli.ts kafka [--port N]` or `cli.ts rabbitmq [--port N]` runs a broker until Ctrl-C; its first line on stdout is
 * the address. `cli.ts install` downloads what a local Kafka needs, unless another kind will be used.
 */
const usage = 'Usage: node brokers/src/cli.ts kafka [--port N] | rabbitmq [--port N] | install'

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

interface RunningBroker {
  readonly kind: string
  stop(): Promise<void>
}

async function untilInterrupted(name: string, address: string, broker: RunningBroker): Promise<void> {
  process.stdout.write(`${address}\n`)
  progress(`${name} (${broker.kind}) answers; Ctrl-C ends it`)
  await new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
  await broker.stop()
}

async function install(): Promise<void> {
  const isLocal = namedBrokers(process.env['KAFKA_BROKERS']).length === 0 && !(await dockerAnswers())
  if (isLocal) await kafkaJars(progress)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true })
  const options = {
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    onProgress: progress,
  }
  if (positionals[0] === 'kafka') {
    const kafka = await startKafka(options)
    return untilInterrupted('Kafka', kafka.brokers.join(','), kafka)
  }
  if (positionals[0] === 'rabbitmq') {
    const rabbitmq = await startRabbitmq(options)
    return untilInterrupted('RabbitMQ', rabbitmq.url, rabbitmq)
  }
  if (positionals[0] === 'install') return install()
  throw new BrokerUnavailable(usage)
}

main().then(
  () => process.exit(0),
  error => {
    progress(error instanceof BrokerUnavailable ? error.message : String(error?.stack ?? error))
    process.exit(1)
  },
)
