import { fileURLToPath } from 'node:url'
import type { GuardedProcess } from '@waybill/brokers'
import { runGuarded, untilLine } from '@waybill/brokers'

export interface FanOutOptions {
  readonly kafkaBrokers: readonly string[]
  readonly waybillUrl: string
  /** Where Zipkin's API takes spans, path included. */
  readonly zipkinEndpoint: string
  /** Of producer1; 0 for a free one. */
  readonly port: number
  /** `testTopic` where absent. */
  readonly topic?: string
  /** Told what the services print. */
  readonly onLine?: (line: string) => void
}

export interface RunningFanOut {
  readonly url: string
  /** Resolves with what to tell when a service ends by itself. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

const services = [
  { name: 'producer1', file: './producer.ts', groupId: '' },
  { name: 'consumer1', file: './consumer.ts', groupId: 'zipkin-consumer1' },
  { name: 'consumer2', file: './consumer.ts', groupId: 'zipkin-consumer2' },
] as const

const readyMs = 60_000
const graceMs = 10_000

/** Starts all services, and resolves when all of them are ready. */
export async function startFanOut(options: FanOutOptions): Promise<RunningFanOut> {
  const running: { readonly name: string; readonly process: GuardedProcess }[] = []
  const stop = async (): Promise<void> => {
    for (const { process } of running.splice(0).reverse()) await process.end()
  }
  const [producer, ...consumers] = services
  try {
    // It makes the topic that the consumers subscribe to.
    const greeting = await start(producer, options, running)
    await Promise.all(consumers.map(consumer => start(consumer, options, running)))
    const ended = running.map(async ({ name, process }) => `${name} ended by itself (${await process.ended})`)
    return { url: greeting.replace(/^ready +/, ''), ended: Promise.race(ended), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves with the line that says that the service is ready. */
async function start(
  { name, file, groupId }: (typeof services)[number],
  options: FanOutOptions,
  running: { readonly name: string; readonly process: GuardedProcess }[],
): Promise<string> {
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
  const started = runGuarded({
    command: process.execPath,
    args: [
      // kafkajs 2.2 computes negative timeouts, which Node 24 warns of.
      '--disable-warning=TimeoutNegativeWarning',
      ...['--import', path('./zipkin.ts'), '--import', '@waybill/instrument/register'],
      path(file),
    ],
    env: {
      KAFKA_BROKERS: options.kafkaBrokers.join(','),
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
      ...(options.topic === undefined ? {} : { FAN_OUT_TOPIC: options.topic }),
      FAN_OUT_GROUP: groupId,
      WAYBILL_URL: options.waybillUrl,
      WAYBILL_INSTRUMENT_CONFIG: path('./tracing.ts'),
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: options.zipkinEndpoint,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      PORT: String(options.port),
    },
    graceMs,
  })
  running.push({ name, process: started })
  const lines = await untilLine(started, /^ready/, readyMs).catch((error: Error) => {
    throw new Error(`${name} ${error.message}`)
  })
  started.onLine(line => options.onLine?.(`${name} │ ${line}`))
  return lines.at(-1) ?? ''
}
