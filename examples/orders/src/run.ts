import { parseArgs } from 'node:util'
import { servePage } from './page/server.ts'
import { runScenario } from './scenarios/run-scenario.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { scenarioNamed, scenarios } from './scenarios/table.ts'
import type { RunningOrders } from './start.ts'
import { startOrders } from './start.ts'

/*
 * The example as a program: `node src/run.ts [--scenario <name>]`. It needs a Kafka (KAFKA_BROKERS), for its other
 * half a RabbitMQ (AMQP_URL), and something that takes OTLP, such as Waybill (OTEL_EXPORTER_OTLP_ENDPOINT,
 * WAYBILL_URL); `npm start -- orders` at the root of the repository brings them all.
 * The page is on PORT, order-service and message-service on the next two; all on free ones where it is 0.
 */
function chosenScenario(): Scenario | undefined {
  const { values } = parseArgs({ options: { scenario: { type: 'string' } } })
  if (values.scenario === undefined) return undefined
  const scenario = scenarioNamed(values.scenario)
  if (scenario !== undefined) return scenario
  const names = scenarios.map(({ name }) => name).join(', ')
  throw new Error(`There is no scenario ${values.scenario}; there are ${names}`)
}

async function main(): Promise<void> {
  const scenario = chosenScenario()
  const { env } = process
  const signalled = new Promise<undefined>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined))
  })
  const port = Number(env['PORT'] ?? 3000)
  const waybillUrl = env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686'
  const system = await startOrders({
    kafkaBrokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(',').filter(address => address !== ''),
    amqpUrl: env['AMQP_URL'] ?? '',
    otlpEndpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318',
    ...(port === 0 ? {} : { ports: [port + 1, port + 2] as const }),
    onLine: line => console.log(line),
  })
  const page = servePage(system, waybillUrl)
  try {
    const url = await page.listen({ port, host: '127.0.0.1' })
    for (const { name, reason } of system.leftOut) console.log(`! ${name} is left out: ${reason}`)
    console.log(`order-service    ${system.urls.orders}/orders`)
    if (env['AMQP_URL']) console.log(`message-service  ${system.urls.messages}/messages`)
    console.log(`ready  ${url}`)
    if (scenario !== undefined) await play(system, scenario, waybillUrl)
    const failure = await Promise.race([signalled, system.fleet.ended])
    if (failure !== undefined) throw new Error(failure)
  } finally {
    await page.close()
    await system.stop()
  }
}

/** Plays a scenario and says where its answer is. */
async function play(system: RunningOrders, scenario: Scenario, waybillUrl: string): Promise<void> {
  console.log(`${scenario.title}: ${scenario.question}`)
  const { placed, look } = await runScenario(system, scenario)
  console.log(`${placed.length} ordered. Look in Waybill at`)
  for (const { what, path } of look) console.log(`  ${what}\n    ${waybillUrl.replace(/\/$/, '')}${path}`)
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
