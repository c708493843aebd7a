import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GuardedProcess } from '@waybill/brokers'
import { runGuarded, startKafka, startRabbitmq, untilLine } from '@waybill/brokers'

/** Waybill, an example and the brokers it asks for, on ports of their own, as `npm start` runs them. */
export interface System {
  /** Waybill's UI, its API and Jaeger's JSON API. */
  readonly waybillUrl: string
  /** The example's page. */
  readonly exampleUrl: string
  /** Ends all of it, the example first, and removes the data. */
  stop(): Promise<void>
}

/** Waybill alone, with an empty store. */
export interface LoneWaybill {
  readonly waybillUrl: string
  /** Where OTLP over HTTP is taken. */
  readonly otlpUrl: string
  stop(): Promise<void>
}

const graceMs = 10_000
const boundMs = 60_000
/** Programs in other languages are installed first where no test before has done so. */
const exampleBoundMs = 600_000

/** Starts Waybill alone on free ports, for traces that are posted to it. */
export async function startWaybill(): Promise<LoneWaybill> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-e2e-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    const addresses = await runWaybill(folder, stops)
    return { waybillUrl: addressOf(addresses, 'ready'), otlpUrl: addressOf(addresses, 'otlp-http'), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts Waybill with its data in a folder; returns where it is. */
async function runWaybill(
  folder: string,
  stops: (() => Promise<unknown>)[],
): Promise<ReadonlyMap<string, string>> {
  const waybill = runNode('apps/server/bin/waybill.js', ['serve'], {
    WAYBILL_DATA: join(folder, 'data'),
    WAYBILL_LOG_LEVEL: 'warn',
    WAYBILL_PORTS: 'free',
  })
  stops.push(() => waybill.end())
  waybill.onLine(line => console.error(`waybill │ ${line}`))
  return addressesIn(await untilLine(waybill, /^ready\s/, boundMs))
}

/** Starts everything on free ports with an empty store. Throws, having ended what ran already, if a part does not start. */
export async function startSystem(example: string): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-e2e-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    const brokers = await startBrokers(example, stops)
    const addresses = await runWaybill(folder, stops)
    const waybillUrl = addressOf(addresses, 'ready')
    const agent = new URL(addressOf(addresses, 'jaeger-compact'))
    const running = runNode(`examples/${example}/src/run.ts`, [], {
      ...brokers,
      OTEL_EXPORTER_OTLP_ENDPOINT: addressOf(addresses, 'otlp-http'),
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${addressOf(addresses, 'zipkin')}/api/v2/spans`,
      OTEL_EXPORTER_JAEGER_ENDPOINT: `${addressOf(addresses, 'jaeger-http')}/api/traces`,
      OTEL_EXPORTER_JAEGER_AGENT_HOST: agent.hostname,
      OTEL_EXPORTER_JAEGER_AGENT_PORT: agent.port,
      WAYBILL_URL: waybillUrl,
      PORT: '0',
    })
    stops.push(() => running.end())
    running.onLine(line => console.error(line))
    const exampleUrl = addressOf(addressesIn(await untilLine(running, /^ready\s/, exampleBoundMs)), 'ready')
    return { waybillUrl, exampleUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts the brokers that an example's package.json names, Kafka where it names none; returns where they are. */
async function startBrokers(
  example: string,
  stops: (() => Promise<unknown>)[],
): Promise<Readonly<Record<string, string>>> {
  const manifest = await readFile(new URL(`../../examples/${example}/package.json`, import.meta.url), 'utf8')
  const names: readonly string[] = JSON.parse(manifest).waybill?.brokers ?? ['kafka']
  const env: Record<string, string> = {}
  if (names.includes('kafka')) {
    const kafka = await startKafka()
    stops.push(() => kafka.stop())
    env['KAFKA_BROKERS'] = kafka.brokers.join(',')
  }
  if (names.includes('rabbitmq')) {
    const rabbitmq = await startRabbitmq()
    stops.push(() => rabbitmq.stop())
    env['AMQP_URL'] = rabbitmq.url
  }
  return env
}

/** Runs one of the repository's programs to its end and returns what it printed. Throws if it fails. */
export async function runToEnd(file: string, args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const running = runNode(file, args, { NO_COLOR: '1' })
  running.onLine(line => lines.push(line))
  const how = await running.ended
  const output = lines.join('\n')
  if (how !== 'exit code 0') throw new Error(`${file} ${args.join(' ')}: ${how}\n${output}`)
  return output
}

function runNode(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): GuardedProcess {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  return runGuarded({ command: process.execPath, args: [path, ...args], env, graceMs })
}

/** `name  address` on each line, as the programs print when they take requests. */
function addressesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap(line => {
      const [, name = '', address = ''] = /^([a-z-]+) +(\S+)$/.exec(line) ?? []
      return name === '' ? [] : [[name, address.replace(/\/$/, '')] as const]
    }),
  )
}

function addressOf(addresses: ReadonlyMap<string, string>, name: string): string {
  const address = addresses.get(name)
  if (address === undefined)
    throw new Error(`No address of ${name} was printed, only of ${[...addresses.keys()]}.`)
  return address
}
