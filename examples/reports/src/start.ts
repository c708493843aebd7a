import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GuardedProcess } from '@waybill/brokers'
import { freePorts, runGuarded, untilLine } from '@waybill/brokers'

/** Where a message's context travels: in its headers, put there by the instrumentation, or in its value. */
export type Variant = 'headers' | 'value'

export interface ReportsOptions {
  readonly kafkaBrokers: readonly string[]
  readonly waybillUrl: string
  /** Base of OTLP over HTTP. */
  readonly otlpEndpoint: string
  /** Of the first variant; the second has the next one. 0 for free ones. */
  readonly port: number
  readonly variants: readonly Variant[]
  /** Told what the services print. */
  readonly onLine?: (line: string) => void
}

export interface RunningReports {
  readonly urls: Readonly<Partial<Record<Variant, string>>>
  /** Resolves with what to tell when a service ends by itself. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

const boundMs = 30_000
const graceMs = 10_000

/** Starts the services of one variant or both, and resolves when all of them are ready. */
export async function startReports(options: ReportsOptions): Promise<RunningReports> {
  const folder = await mkdtemp(join(tmpdir(), 'reports-'))
  const started: { readonly name: string; readonly process: GuardedProcess }[] = []
  const stop = async (): Promise<void> => {
    // The workers first: they publish to topics that the APIs delete when they end.
    for (const { process } of started.splice(0).reverse()) await process.end()
    await rm(folder, { recursive: true, force: true })
  }
  const ports = await portsOf(options)
  const address = (variant: Variant | undefined): string =>
    variant === undefined ? '' : `http://127.0.0.1:${ports[options.variants.indexOf(variant)]}`
  try {
    for (const variant of options.variants) {
      const env = {
        KAFKA_BROKERS: options.kafkaBrokers.join(','),
        OTEL_EXPORTER_OTLP_ENDPOINT: options.otlpEndpoint,
        OTEL_BSP_SCHEDULE_DELAY: '200',
        KAFKAJS_NO_PARTITIONER_WARNING: '1',
        WAYBILL_URL: options.waybillUrl,
        WAYBILL_INSTRUMENT_CONFIG: fileURLToPath(new URL(`./${variant}/tracing.ts`, import.meta.url)),
        REPORTS_TOPIC: variant === 'headers' ? 'report' : 'report-value',
        REPORTS_DATABASE: join(folder, `${variant}.sqlite`),
        REPORTS_OTHER_URL: address(options.variants.find(other => other !== variant)),
        PORT: String(ports[options.variants.indexOf(variant)]),
      }
      for (const service of ['api', 'worker'] as const)
        started.push(await startService(variant, service, env, options))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    urls: Object.fromEntries(options.variants.map(variant => [variant, address(variant)])),
    ended: Promise.race(
      started.map(async ({ name, process }) => `${name} ended by itself (${await process.ended})`),
    ),
    stop,
  }
}

async function portsOf({ port, variants }: ReportsOptions): Promise<readonly number[]> {
  return port === 0 ? freePorts(variants.length) : variants.map((_, index) => port + index)
}

async function startService(
  variant: Variant,
  service: 'api' | 'worker',
  env: Readonly<Record<string, string>>,
  { onLine }: ReportsOptions,
): Promise<{ readonly name: string; readonly process: GuardedProcess }> {
  const name = `report-${service}`
  const running = runGuarded({
    command: process.execPath,
    args: [
      // kafkajs 2.2 computes negative timeouts, which Node 24 warns of.
      '--disable-warning=TimeoutNegativeWarning',
      '--import',
      '@waybill/instrument/register',
      fileURLToPath(new URL(`./${variant}/${service}.ts`, import.meta.url)),
    ],
    env: { ...env, OTEL_SERVICE_NAME: name },
    graceMs,
  })
  // The line that says what went wrong stands above the stack that follows it.
  let reason: string | undefined
  running.onLine(line => {
    if (/^\w*Error: /.test(line)) reason ??= line
  })
  await untilLine(running, /^ready\s/, boundMs).catch((error: Error) => {
    throw new Error(
      `${name} (${variant}) ${reason === undefined ? error.message : `did not start: ${reason}`}`,
    )
  })
  running.onLine(line => onLine?.(`${name} (${variant}) │ ${line}`))
  return { name, process: running }
}
