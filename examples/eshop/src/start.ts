import { fileURLToPath } from 'node:url'
import type { GuardedProcess } from '@waybill/brokers'
import { freePorts, runGuarded, untilLine } from '@waybill/brokers'
import type { Report, ServiceName } from './services.ts'
import { argumentsOf, serviceNames } from './services.ts'

export interface EshopOptions {
  readonly kafkaBrokers: readonly string[]
  readonly waybillUrl: string
  /** Base of OTLP over HTTP. */
  readonly otlpEndpoint: string
  /** Where Zipkin's API takes spans, path included. */
  readonly zipkinEndpoint: string
  /** Of the edge proxy; 0 for a free one, as the services have. */
  readonly port: number
  readonly report: Report
  /** Whether messages are traced. */
  readonly messages: 'on' | 'off'
  /** Under which names: OpenTelemetry's conventions, or OpenTracing's. */
  readonly view: 'conventions' | 'opentracing'
  /** Told what the services print. */
  readonly onLine?: (line: string) => void
}

export interface RunningEshop {
  /** Of the edge proxy. */
  readonly url: string
  readonly urls: Readonly<Record<ServiceName, string>>
  /** Ends one service in good order. */
  end(name: ServiceName): Promise<void>
  /** Starts a service again that was ended. */
  restart(name: ServiceName): Promise<void>
  /** Resolves with what to tell when a service ends that nobody ended. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

const readyMs = 60_000
const graceMs = 10_000

/** Starts all services, and resolves when all of them are ready. */
export async function startEshop(options: EshopOptions): Promise<RunningEshop> {
  const { onLine = () => undefined } = options
  const ports = await portsOf(options.port)
  const url = (name: ServiceName): string => `http://127.0.0.1:${ports[name]}`
  const urls = Object.fromEntries(serviceNames.map(name => [name, url(name)])) as Record<ServiceName, string>
  const env = {
    KAFKA_BROKERS: options.kafkaBrokers.join(','),
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    ESHOP_URL: urls.eshop,
    INVENTORY_URL: urls.inventory,
    BILLING_URL: urls.billing,
    DELIVERY_URL: urls.delivery,
    NOTIFICATION_URL: urls.notification,
    ESHOP_MESSAGES: options.messages,
    ESHOP_VIEW: options.view,
    WAYBILL_URL: options.waybillUrl,
    WAYBILL_INSTRUMENT_CONFIG: fileURLToPath(new URL('./tracing/config.ts', import.meta.url)),
    OTEL_PROPAGATORS: 'b3multi',
    OTEL_EXPORTER_OTLP_ENDPOINT: options.otlpEndpoint,
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: options.zipkinEndpoint,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  }
  const running = new Map<ServiceName, GuardedProcess>()
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<string>()

  async function start(name: ServiceName): Promise<void> {
    const process = runGuarded({
      command: globalThis.process.execPath,
      args: argumentsOf(name, options.report),
      env: { ...env, OTEL_SERVICE_NAME: name, PORT: String(ports[name]) },
      graceMs,
    })
    running.set(name, process)
    await untilLine(process, /^ready$/, readyMs).catch((error: Error) => {
      throw new Error(`${name} ${error.message}`)
    })
    process.onLine(line => onLine(`${name} │ ${line}`))
    void process.ended.then(how => {
      if (running.get(name) === process) tellEnd(`${name} ended by itself (${how})`)
    })
  }
  async function end(name: ServiceName): Promise<void> {
    const process = running.get(name)
    running.delete(name)
    await process?.end()
  }
  async function stop(): Promise<void> {
    // Against the stream, so that a message on its way stays in Kafka.
    for (const name of [...serviceNames].reverse()) await end(name)
  }
  try {
    // eshop makes the topic that the consumer subscribes to.
    await start('eshop')
    await Promise.all(serviceNames.filter(name => name !== 'eshop').map(start))
  } catch (error) {
    await stop()
    throw error
  }
  return { url: urls['edge-proxy'], urls, end, restart: start, ended, stop }
}

async function portsOf(edgePort: number): Promise<Readonly<Record<ServiceName, number>>> {
  const free = await freePorts(serviceNames.length)
  const entries = serviceNames.map((name, index) => [name, free[index]])
  const ports = Object.fromEntries(entries) as Record<ServiceName, number>
  return edgePort === 0 ? ports : { ...ports, 'edge-proxy': edgePort }
}
