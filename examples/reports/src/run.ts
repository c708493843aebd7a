import type { Variant } from './start.ts'
import { startReports } from './start.ts'

/*
 * The example as a program. It needs a Kafka (KAFKA_BROKERS) and something that takes OTLP, such as Waybill
 * (OTEL_EXPORTER_OTLP_ENDPOINT, WAYBILL_URL); `npm start` at the root of the repository brings both.
 * REPORTS_CONTEXT chooses: headers, value, or both (the default), each on a port of its own from PORT on.
 */
const variants: Readonly<Record<string, readonly Variant[]>> = {
  headers: ['headers'],
  value: ['value'],
  both: ['headers', 'value'],
}

async function main(): Promise<void> {
  const { env } = process
  const chosen = variants[env['REPORTS_CONTEXT'] ?? 'both']
  if (chosen === undefined) throw new Error(`REPORTS_CONTEXT is one of ${Object.keys(variants).join(', ')}`)
  const reports = await startReports({
    kafkaBrokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    waybillUrl: env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686',
    otlpEndpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318',
    port: Number(env['PORT'] ?? 8080),
    variants: chosen,
    onLine: line => console.log(line),
  })
  const signalled = new Promise<undefined>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined))
  })
  const urls = Object.entries(reports.urls)
  for (const [variant, url] of urls) console.log(`context-in-${variant}  ${url}`)
  console.log(`ready  ${urls[0]?.[1]}`)
  const failure = await Promise.race([signalled, reports.ended])
  await reports.stop()
  if (failure !== undefined) throw new Error(failure)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
