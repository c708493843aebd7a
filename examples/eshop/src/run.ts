import { startEshop } from './start.ts'

/*
 * The example as a program. It needs a Kafka (KAFKA_BROKERS), and something that takes Zipkin's spans and OTLP, such
 * as Waybill (OTEL_EXPORTER_ZIPKIN_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT, WAYBILL_URL); `npm start -- eshop` at the
 * root of the repository brings both. Switches: ESHOP_MESSAGES=on|off, ESHOP_REPORT=otlp|zipkin,
 * ESHOP_VIEW=conventions|opentracing, the first being the default.
 */
const { env } = process

function chosen<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
  const choice = choices.find(choice => choice === (env[name] ?? choices[0]))
  if (choice === undefined) throw new Error(`${name} is one of ${choices.join(', ')}`)
  return choice
}

async function main(): Promise<void> {
  const eshop = await startEshop({
    kafkaBrokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    waybillUrl: env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686',
    otlpEndpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318',
    zipkinEndpoint: env['OTEL_EXPORTER_ZIPKIN_ENDPOINT'] ?? 'http://127.0.0.1:9411/api/v2/spans',
    port: Number(env['PORT'] ?? 8082),
    report: chosen('ESHOP_REPORT', ['otlp', 'zipkin']),
    messages: chosen('ESHOP_MESSAGES', ['on', 'off']),
    view: chosen('ESHOP_VIEW', ['conventions', 'opentracing']),
    onLine: line => console.log(line),
  })
  const signalled = new Promise<undefined>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined))
  })
  console.log(`checkout  ${eshop.url}/checkout`)
  console.log(`ready  ${eshop.url}`)
  const failure = await Promise.race([signalled, eshop.ended])
  await eshop.stop()
  if (failure !== undefined) throw new Error(failure)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
