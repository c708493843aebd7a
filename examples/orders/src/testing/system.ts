import { startLocalKafka, startRabbitmq } from '@waybill/brokers'
import type { TestWaybill } from '@waybill/example-testing/waybill'
import { startWaybill } from '@waybill/example-testing/waybill'
import type { RunningOrders } from '../start.ts'
import { startOrders } from '../start.ts'

/** The example with real brokers and a real Waybill, on free ports. */
export interface TestSystem {
  readonly waybill: TestWaybill
  readonly orders: RunningOrders
  /** What the services have printed. */
  readonly lines: readonly string[]
  stop(): Promise<void>
}

/** Starts the half of the system that one broker is for. */
export async function startSystem(half: 'kafka' | 'rabbitmq'): Promise<TestSystem> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  const lines: string[] = []
  try {
    const started = await Promise.allSettled([startBroker(half), startWaybill()])
    for (const each of started) if (each.status === 'fulfilled') stops.push(() => each.value.stop())
    const [broker, waybill] = started
    if (broker.status === 'rejected') throw broker.reason
    if (waybill.status === 'rejected') throw waybill.reason
    const orders = await startOrders({
      kafkaBrokers: broker.value.kafkaBrokers,
      amqpUrl: broker.value.amqpUrl,
      otlpEndpoint: waybill.value.otlpUrl,
      onLine: line => lines.push(line),
    })
    stops.push(() => orders.stop())
    return { waybill: waybill.value, orders, lines, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startBroker(half: 'kafka' | 'rabbitmq') {
  if (half === 'kafka') {
    // One of its own: the topics and groups have the article's names, and other files use them at the same time.
    const kafka = await startLocalKafka()
    return { kafkaBrokers: kafka.brokers, amqpUrl: '', stop: () => kafka.stop() }
  }
  const rabbitmq = await startRabbitmq()
  return { kafkaBrokers: [], amqpUrl: rabbitmq.url, stop: () => rabbitmq.stop() }
}
