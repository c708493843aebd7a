import { setTimeout as delay } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { BrokerUnavailable } from './errors.ts'

/** Resolves when a broker at one of the addresses answers a metadata request; throws BrokerUnavailable after the bound. */
export async function kafkaAnswers(brokers: readonly string[], boundMs: number): Promise<void> {
  const client = new Kafka({
    clientId: 'waybill-brokers',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    retry: { retries: 0 },
  })
  const deadline = performance.now() + boundMs
  for (;;) {
    const problem = await describe(client)
    if (problem === undefined) return
    if (performance.now() > deadline) {
      throw new BrokerUnavailable(`No Kafka answers at ${brokers.join(',')}: ${problem}`)
    }
    await delay(200)
  }
}

async function describe(client: Kafka): Promise<string | undefined> {
  const admin = client.admin()
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    return cluster.brokers.length > 0 ? undefined : 'the cluster has no brokers yet'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
