import { startFanOut } from './start.ts'

/*
 * The example as a program. It needs a Kafka (KAFKA_BROKERS) and something that takes Zipkin's spans, such as Waybill
 * (OTEL_EXPORTER_ZIPKIN_ENDPOINT, WAYBILL_URL); `npm start -- fan-out` at the root of the repository brings both.
 */
async function main(): Promise<void> {
  const { env } = process
  const fanOut = await startFanOut({
    kafkaBrokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    waybillUrl: env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686',
    zipkinEndpoint: env['OTEL_EXPORTER_ZIPKIN_ENDPOINT'] ?? 'http://127.0.0.1:9411/api/v2/spans',
    port: Number(env['PORT'] ?? 8081),
    onLine: line => console.log(line),
  })
  const signalled = new Promise<undefined>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined))
  })
  console.log(`ready  ${fanOut.url}`)
  const failure = await Promise.race([signalled, fanOut.ended])
  await fanOut.stop()
  if (failure !== undefined) throw new Error(failure)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
