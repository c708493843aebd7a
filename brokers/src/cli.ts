import { parseArgs } from 'node:util'
import { dockerAnswers } from './docker.ts'
import { BrokerUnavailable } from './errors.ts'
import { namedBrokers, startKafka } from './kafka.ts'
import { kafkaJars } from './kafka-jars.ts'

/*
 * `cli.ts kafka [--port N]` runs a Kafka until Ctrl-C; its first line on stdout is the address.
 * `cli.ts install` downloads what a local Kafka needs, unless another kind will be used.
 */
const usage = 'Usage: node brokers/src/cli.ts kafka [--port N] | install'

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function runKafka(port: number | undefined): Promise<void> {
  const kafka = await startKafka({ ...(port === undefined ? {} : { port }), onProgress: progress })
  process.stdout.write(`${kafka.brokers.join(',')}\n`)
  progress(`Kafka (${kafka.kind}) answers; Ctrl-C ends it`)
  await new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
  await kafka.stop()
}

async function install(): Promise<void> {
  const isLocal = namedBrokers(process.env['KAFKA_BROKERS']).length === 0 && !(await dockerAnswers())
  if (isLocal) await kafkaJars(progress)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true })
  if (positionals[0] === 'kafka') return runKafka(values.port === undefined ? undefined : Number(values.port))
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
