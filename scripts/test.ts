import type { KafkaBroker, RabbitmqBroker } from '@waybill/brokers'
import { startKafka, startRabbitmq } from '@waybill/brokers'
import { chromium } from './set-up/chromium.ts'
import { repositoryFiles } from './set-up/repository-files.ts'
import { buildWeb } from './set-up/web.ts'
import { runCheckSuite } from './testing/check-suite.ts'
import type { Counts } from './testing/counts.ts'
import { closing, closingLine, failure, isSuccess, sum } from './testing/counts.ts'
import { runNodeSuite } from './testing/node-suite.ts'
import type { Suite } from './testing/suites.ts'
import { selectSuites } from './testing/suites.ts'
import { runWebSuite } from './testing/web-suite.ts'

/*
 * `npm test`: what the tests need is set up, then the suites run one after the other. One Kafka and one RabbitMQ
 * serve all of them; tests use topics and queues of their own. Prints a line per file and, at the end, what
 * failed and the sum.
 */

const quick = { timeoutMs: 60_000, silenceMs: 90_000 }
/** Clients in four languages are installed and built first, which a new machine takes minutes for. */
const withInstalls = { timeoutMs: 600_000, silenceMs: 660_000 }
/** Clients that are addons of C++ are built first, or gRPC for Python installed, which is as long. */
const installsFirst = /\/clients\/(?:confluent|librdkafka)\/|\/addon-clients\.it\.ts$|^examples\/hello\//
const withBroker = { timeoutMs: 180_000, silenceMs: 240_000 }

function print(line: string): void {
  console.log(line)
}

/** Started with the first suite that needs them. */
let kafka: Promise<KafkaBroker> | undefined
let rabbitmq: Promise<RabbitmqBroker> | undefined

async function brokerEnvironment(): Promise<Readonly<Record<string, string>>> {
  kafka ??= startKafka({ onProgress: print })
  rabbitmq ??= startRabbitmq({ onProgress: print })
  const [{ brokers }, { url }] = await Promise.all([kafka, rabbitmq])
  // kafkajs 2.2 computes negative timeouts, which Node 24 warns of.
  return {
    KAFKA_BROKERS: brokers.join(','),
    AMQP_URL: url,
    NODE_OPTIONS: '--disable-warning=TimeoutNegativeWarning',
  }
}

async function runSuite({ name, files }: Suite): Promise<Counts> {
  if (name === 'check') return runCheckSuite(print)
  if (name === 'web') return runWebSuite(files)
  if (name === 'it') {
    const env = await brokerEnvironment()
    const counts: Counts[] = []
    for (const [own, bounds] of [
      [files.filter(file => !installsFirst.test(file)), withBroker],
      [files.filter(file => installsFirst.test(file)), withInstalls],
    ] as const)
      if (own.length > 0) counts.push(await runNodeSuite(own, { concurrency: 2, ...bounds, env }, print))
    return sum(counts)
  }
  if (name === 'e2e') {
    await buildWeb()
    const env = { ...(await brokerEnvironment()), CHROMIUM_PATH: await chromium() }
    return runNodeSuite(files, { concurrency: 1, ...withBroker, env }, print)
  }
  if (name === 'interop') return runNodeSuite(files, { concurrency: 1, ...withInstalls }, print)
  return runNodeSuite(files, { concurrency: 2, ...quick }, print)
}

/** A suite whose set-up fails counts as one failed test, so that the others still tell what they know. */
async function runTimed(suite: Suite): Promise<Counts> {
  print(`\n── ${suite.name} ──`)
  const startedMs = performance.now()
  const counts = await runSuite(suite).catch((error: unknown): Counts => {
    const text = `✗ ${suite.name}: ${error instanceof Error ? error.message : String(error)}`
    print(text)
    return failure(text)
  })
  print(`${suite.name}: ${closingLine(counts)}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  return counts
}

async function main(): Promise<boolean> {
  const suites = selectSuites(process.argv.slice(2), await repositoryFiles())
  const all: Counts[] = []
  try {
    for (const suite of suites) all.push(await runTimed(suite))
  } finally {
    for (const starting of [kafka, rabbitmq]) await (await starting?.catch(() => undefined))?.stop()
  }
  const total = sum(all)
  print(closing(total))
  return isSuccess(total)
}

main().then(
  isGood => process.exit(isGood ? 0 : 1),
  (error: Error) => {
    console.error(error.message)
    process.exit(1)
  },
)
