import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@waybill/brokers'
import type { Fleet } from './fleet.ts'
import { startFleet } from './fleet.ts'
import { services } from './services.ts'
import { prepareTopics } from './topics.ts'

export interface OrdersOptions {
  /** None: the half of the system on Kafka is left out. */
  readonly kafkaBrokers: readonly string[]
  /** The empty text: the half on RabbitMQ is left out. */
  readonly amqpUrl: string
  /** Base of OTLP over HTTP. */
  readonly otlpEndpoint: string
  /** Of order-service and message-service; free ones where absent. */
  readonly ports?: readonly [orders: number, messages: number]
  /** Told what the services print. */
  readonly onLine?: (line: string) => void
}

/** An order, or a message, that was taken or refused. */
export interface Placed {
  readonly httpStatus: number
  readonly answer: Readonly<Record<string, unknown>>
  readonly orderId: string
  readonly traceId: string
  /** Whether the spans of its trace are kept. */
  readonly isSampled: boolean
  /** Where Kafka put it. */
  readonly partition: string
  readonly offset: string
}

export interface RunningOrders {
  readonly urls: { readonly orders: string; readonly messages: string }
  readonly leftOut: Fleet['leftOut']
  readonly fleet: Fleet
  order(body: unknown): Promise<Placed>
  message(body: unknown): Promise<Placed>
  stop(): Promise<void>
}

/** Starts the services for which there are brokers and tools, and resolves when all of them are ready. */
export async function startOrders(options: OrdersOptions): Promise<RunningOrders> {
  const { kafkaBrokers, amqpUrl, otlpEndpoint, onLine = () => undefined } = options
  const [ordersPort = 0, messagesPort = 0] = options.ports ?? (await freePorts(2))
  const folder = await mkdtemp(join(tmpdir(), 'orders-'))
  const brokers = { kafka: kafkaBrokers.length > 0, rabbitmq: amqpUrl !== '' }
  try {
    if (brokers.kafka) await prepareTopics(kafkaBrokers)
    const fleet = await startFleet({
      services: services.filter(({ broker }) => brokers[broker]),
      env: {
        KAFKA_BROKERS: kafkaBrokers.join(','),
        KAFKAJS_NO_PARTITIONER_WARNING: '1',
        AMQP_URL: amqpUrl,
        OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
        OTEL_BSP_SCHEDULE_DELAY: '200',
        PAYMENT_DATABASE: join(folder, 'payments.sqlite'),
        ORDER_PORT: String(ordersPort),
        MESSAGE_PORT: String(messagesPort),
      },
      onLine,
    })
    const urls = {
      orders: `http://127.0.0.1:${ordersPort}`,
      messages: `http://127.0.0.1:${messagesPort}`,
    }
    return {
      urls,
      leftOut: fleet.leftOut,
      fleet,
      order: body => post(`${urls.orders}/orders`, body),
      message: body => post(`${urls.messages}/messages`, body),
      async stop() {
        await fleet.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function post(url: string, body: unknown): Promise<Placed> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const answer = (await response.json()) as {
    order?: { id?: string }
    partition?: number
    offset?: string
  }
  // traceresponse (W3C Trace Context Level 2): version-traceid-spanid-flags.
  const [, traceId = '', , flags = '00'] = response.headers.get('traceresponse')?.split('-') ?? []
  return {
    httpStatus: response.status,
    answer: { ...answer },
    orderId: answer.order?.id ?? '',
    traceId,
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
    partition: String(answer.partition ?? ''),
    offset: answer.offset ?? '',
  }
}
