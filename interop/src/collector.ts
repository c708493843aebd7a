import type { Workshop } from '@waybill/brokers'
import { freePorts, runGuarded, setUp, untilLine } from '@waybill/brokers'

/** A Collector to put between a client and a receiver. */
export interface Collector {
  readonly workshop: Workshop
  /** The exporter that writes to the receiver, by the name of its kind. */
  readonly exporter: 'otlp' | 'otlphttp' | 'zipkin' | 'jaeger'
}

export interface RunningCollector {
  /** Takes OTLP over HTTP. */
  readonly url: string
  /** Ends it; what it still holds may be lost. */
  stop(): Promise<void>
}

const startMs = 60_000
const graceMs = 20_000

/** Starts a Collector that sends what it takes to an endpoint. */
export async function startCollector(
  { workshop, exporter }: Collector,
  endpoint: string,
  onProgress: (line: string) => void,
): Promise<RunningCollector> {
  const folder = await setUp(workshop, onProgress)
  const [port = 0] = await freePorts(1)
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { [exporter]: exporterSettings(exporter, endpoint) },
    service: {
      pipelines: { traces: { receivers: ['otlp'], exporters: [exporter] } },
      // It offers its own metrics on a fixed port otherwise.
      telemetry: { metrics: { level: 'none' } },
    },
  }
  const [program = ''] = workshop.run('collector')
  const running = runGuarded({
    command: `${folder}/${program}`,
    args: ['--config', `yaml:${JSON.stringify(config)}`],
    graceMs,
  })
  await untilLine(running, /Everything is ready/, startMs)
  return {
    url: `http://127.0.0.1:${port}`,
    // It says that it is ready before it takes signals in order, so that how it ends tells nothing.
    stop: () => running.end(),
  }
}

function exporterSettings(exporter: Collector['exporter'], endpoint: string): unknown {
  if (exporter === 'otlphttp') return { endpoint }
  if (exporter === 'zipkin') return { endpoint: `${endpoint}/api/v2/spans`, format: 'proto' }
  return { endpoint: new URL(endpoint).host, tls: { insecure: true } }
}
