import { once } from 'node:events'
import type { GuardedProcess, KafkaBroker, RabbitmqBroker } from '@waybill/brokers'
import { BrokerUnavailable, runGuarded, startKafka, startRabbitmq, untilLine } from '@waybill/brokers'
import { step } from '../set-up/progress.ts'
import { root } from '../set-up/root.ts'
import { SetUpError } from '../set-up/run-command.ts'
import { buildWeb } from '../set-up/web.ts'
import { addressesIn } from './addresses.ts'
import type { Brokers } from './environment.ts'
import { exampleEnvironment } from './environment.ts'
import type { Broker, Example } from './examples.ts'
import { chosenExamples } from './examples.ts'
import type { Row } from './table.ts'
import { table } from './table.ts'

const graceMs = 10_000
const ready = /^ready\s/
const boundMs = 60_000
/** An example may have to install programs first. */
const exampleBoundMs = 900_000

/** What was started, to be ended in the opposite order. */
interface Started {
  readonly name: string
  stop(): Promise<void>
}

interface Program {
  readonly name: string
  readonly process: GuardedProcess
  /** What it printed until it was ready. */
  readonly greeting: readonly string[]
  /** Tells what it has printed since, and what it will. */
  follow(listener: (line: string) => void): void
}

/**
 * Starts brokers, Waybill and examples, says what runs where, and ends all of it when the signal is aborted
 * or one of them ends by itself. Throws SetUpError with one line where something cannot be started.
 */
export async function startEverything(args: readonly string[], signal: AbortSignal): Promise<void> {
  const examples = await chosenExamples(args)
  const started: Started[] = []
  const aborted = once(signal, 'abort').then(() => undefined)
  try {
    const failed = await Promise.race([aborted, run(examples, started)])
    if (failed !== undefined) throw new SetUpError(failed)
  } finally {
    if (started.length > 0) console.log('\nEnding …')
    for (const { stop } of started.reverse()) await stop()
  }
}

/** Resolves, with what to tell, when a program that was started ends by itself. */
async function run(examples: readonly Example[], started: Started[]): Promise<string> {
  const [brokers, waybill] = await Promise.all([
    startBrokers(new Set(examples.flatMap(({ brokers }) => brokers)), started),
    startServer(started),
    buildWeb(),
  ])
  const addresses = waybill.addresses
  const pages = await Promise.all(
    examples.map(({ name, args, env }) => {
      const environment = { ...exampleEnvironment(brokers, addresses), ...env }
      return step(`Starting the example ${name}`, say =>
        startProgram(name, `examples/${name}/src/run.ts`, args, environment, started, {
          boundMs: exampleBoundMs,
          onLine: say,
        }),
      )
    }),
  )
  const urls = pages.map(({ greeting }) => greeting.at(-1)?.replace(/^ready +/, '') ?? '')
  const address = (name: string): string => addresses.get(name) ?? ''
  const rows: readonly Row[] = [
    ...pages.map(({ name }, i) => ({ what: `example ${name}`, where: urls[i] ?? '', note: 'open this' })),
    { what: 'Waybill', where: address('ready'), note: 'traces, search, API' },
    { what: 'spans, OTLP/HTTP', where: address('otlp-http'), note: '' },
    { what: 'spans, OTLP/gRPC', where: address('otlp-grpc'), note: '' },
    { what: 'spans, Jaeger', where: address('jaeger-http'), note: '' },
    { what: 'spans, Zipkin', where: address('zipkin'), note: '' },
    { what: 'health, metrics', where: address('health'), note: '' },
    { what: 'stored in', where: address('data'), note: '' },
    { what: 'Kafka', where: brokers.kafka?.brokers.join(',') ?? '', note: brokers.kafka?.kind ?? '' },
    { what: 'RabbitMQ', where: brokers.rabbitmq?.url ?? '', note: brokers.rabbitmq?.kind ?? '' },
  ]
  console.log(`\n${table(rows.filter(({ where }) => where !== '')).join('\n')}`)
  for (const { greeting } of pages) {
    const notes = greeting.filter(line => line.startsWith('! '))
    if (notes.length > 0) console.log(`\n${notes.join('\n')}`)
  }
  console.log(`\nOpen ${urls.join(' or ')} in a browser. Ctrl-C ends everything.\n`)
  for (const { name, follow } of [waybill, ...pages]) follow(line => console.log(`${name} │ ${line}`))
  return Promise.race(
    [waybill, ...pages].map(
      async ({ name, process: running }) => `${name} ended by itself (${await running.ended}).`,
    ),
  )
}

async function startBrokers(wanted: ReadonlySet<Broker>, started: Started[]): Promise<Brokers> {
  const [kafka, rabbitmq] = await Promise.all([
    wanted.has('kafka') ? startBroker<KafkaBroker>('Kafka', startKafka, started) : undefined,
    wanted.has('rabbitmq') ? startBroker<RabbitmqBroker>('RabbitMQ', startRabbitmq, started) : undefined,
  ])
  return { kafka, rabbitmq }
}

async function startBroker<Running extends { stop(): Promise<void> }>(
  name: string,
  start: (options: { readonly onProgress: (line: string) => void }) => Promise<Running>,
  started: Started[],
): Promise<Running> {
  const broker = await step(`Starting ${name}`, say => start({ onProgress: say })).catch((error: unknown) => {
    throw error instanceof BrokerUnavailable ? new SetUpError(error.message) : error
  })
  started.push({ name, stop: () => broker.stop() })
  return broker
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
  { boundMs: limitMs = boundMs, onLine }: ProgramStart = {},
): Promise<Program> {
  const running = runGuarded({ command: process.execPath, args: [`${root}${file}`, ...args], env, graceMs })
  started.push({ name, stop: () => running.end() })
  const since: string[] = []
  let listener = (line: string): void => void since.push(line)
  let isReady = false
  running.onLine(line => {
    if (isReady) listener(line)
    else if (line.startsWith('… ')) onLine?.(line.slice(2))
    isReady ||= ready.test(line)
  })
  const greeting = await untilLine(running, ready, limitMs).catch((error: Error) => {
    throw new SetUpError(`${name} ${error.message}`)
  })
  return {
    name,
    process: running,
    greeting,
    follow(told) {
      listener = told
      for (const line of since.splice(0)) told(line)
    },
  }
}

interface ProgramStart {
  readonly boundMs?: number
  /** Told what takes time before it is ready: lines that begin with `…`. */
  readonly onLine?: (line: string) => void
}
