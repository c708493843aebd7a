import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { GuardedProcess, KafkaBroker } from '@waybill/brokers'
import { BrokerUnavailable, runGuarded, startKafka, untilLine } from '@waybill/brokers'
import { step } from '../set-up/progress.ts'
import { root } from '../set-up/root.ts'
import { SetUpError } from '../set-up/run-command.ts'
import { buildWeb } from '../set-up/web.ts'
import { addressesIn } from './addresses.ts'
import { table } from './table.ts'

const graceMs = 10_000
const boundMs = 60_000

/** What was started, to be ended in the opposite order. */
interface Started {
  readonly name: string
  stop(): Promise<void>
}

/**
 * Starts Kafka, Waybill and an example, says what runs where, and ends all of it when the signal is aborted
 * or one of them ends by itself. Throws SetUpError with one line where something cannot be started.
 */
export async function startEverything(args: readonly string[], signal: AbortSignal): Promise<void> {
  const example = await chosenExample(args)
  const started: Started[] = []
  const aborted = once(signal, 'abort').then(() => undefined)
  try {
    const failed = await Promise.race([aborted, run(example, started)])
    if (failed !== undefined) throw new SetUpError(failed)
  } finally {
    if (started.length > 0) console.log('\nEnding …')
    for (const { stop } of started.reverse()) await stop()
  }
}

/** Resolves, with what to tell, when a program that was started ends by itself. */
async function run(example: string, started: Started[]): Promise<string> {
  const [kafka, waybill] = await Promise.all([startBroker(started), startServer(started), buildWeb()])
  const addresses = waybill.addresses
  const page = await step(`Starting the example ${example}`, async () => {
    const env = {
      KAFKA_BROKERS: kafka.brokers.join(','),
      OTEL_EXPORTER_OTLP_ENDPOINT: addresses.get('otlp-http') ?? '',
      WAYBILL_URL: addresses.get('ready') ?? '',
    }
    return startProgram(example, `examples/${example}/src/run.ts`, [], env, started)
  })
  const url = page.greeting.at(-1)?.replace(/^ready +/, '') ?? ''
  const rows = [
    { what: `example ${example}`, where: url, note: 'open this' },
    { what: 'Waybill', where: addresses.get('ready') ?? '', note: 'traces, search, API' },
    { what: 'spans, OTLP/HTTP', where: addresses.get('otlp-http') ?? '', note: '' },
    { what: 'spans, OTLP/gRPC', where: addresses.get('otlp-grpc') ?? '', note: '' },
    { what: 'spans, Jaeger', where: addresses.get('jaeger-http') ?? '', note: '' },
    { what: 'health, metrics', where: addresses.get('health') ?? '', note: '' },
    { what: 'stored in', where: addresses.get('data') ?? '', note: '' },
    { what: 'Kafka', where: kafka.brokers.join(','), note: kafka.kind },
  ]
  console.log(`\n${table(rows.filter(({ where }) => where !== '')).join('\n')}`)
  console.log(`\nOpen ${url} in a browser. Ctrl-C ends everything.\n`)
  for (const { name, process: running } of [waybill, page])
    running.onLine(line => console.log(`${name} │ ${line}`))
  return Promise.race(
    [waybill, page].map(
      async ({ name, process: running }) => `${name} ended by itself (${await running.ended}).`,
    ),
  )
}

async function startBroker(started: Started[]): Promise<KafkaBroker> {
  const kafka = await step('Starting Kafka', say => startKafka({ onProgress: say })).catch(
    (error: unknown) => {
      throw error instanceof BrokerUnavailable ? new SetUpError(error.message) : error
    },
  )
  started.push({ name: 'Kafka', stop: () => kafka.stop() })
  return kafka
}

async function startServer(started: Started[]) {
  const env = { WAYBILL_LOG_LEVEL: process.env['WAYBILL_LOG_LEVEL'] ?? 'warn' }
  const server = await step('Starting Waybill', () =>
    startProgram('waybill', 'apps/server/bin/waybill.js', ['serve'], env, started),
  )
  return { ...server, addresses: addressesIn(server.greeting) }
}

async function startProgram(
  name: string,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  started: Started[],
): Promise<{
  readonly name: string
  readonly process: GuardedProcess
  readonly greeting: readonly string[]
}> {
  const running = runGuarded({ command: process.execPath, args: [`${root}${file}`, ...args], env, graceMs })
  started.push({ name, stop: () => running.end() })
  const greeting = await untilLine(running, /^ready\s/, boundMs).catch((error: Error) => {
    throw new SetUpError(`${name} ${error.message}`)
  })
  return { name, process: running, greeting }
}

async function chosenExample(args: readonly string[]): Promise<string> {
  const [example = 'reports', ...more] = args
  if (more.length === 0 && /^[\w-]+$/.test(example) && existsSync(`${root}examples/${example}/src/run.ts`))
    return example
  const names = await readdir(`${root}examples`)
  throw new SetUpError(`Usage: npm start [-- <example>], an example being one of: ${names.join(', ')}`)
}
