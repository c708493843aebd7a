import { randomBytes } from 'node:crypto'
import { trace } from '@opentelemetry/api'
import fastify from 'fastify'
import { Kafka, logLevel } from 'kafkajs'
import { sendByHand } from './send-by-hand.ts'
import { readSettings } from './settings.ts'

/*
 * order-service: takes an order over HTTP and tells of it on orders.created. An order is answered once Kafka has
 * it on every replica that is in sync, and refused with 503 where Kafka does not take it.
 */
const topic = 'orders.created'
const settings = readSettings()
const kafka = new Kafka({
  clientId: 'order-service',
  brokers: [...settings.brokers],
  logLevel: logLevel.NOTHING,
})
const producer = kafka.producer({ allowAutoTopicCreation: false })
await producer.connect()

interface OrderBody {
  readonly product?: string
  readonly items?: readonly string[]
  readonly amount?: number
  readonly total?: number
}

const amount = { type: 'number', exclusiveMinimum: 0 }
const text = { type: 'string', minLength: 1, maxLength: 1000 }
const body = {
  type: 'object',
  properties: {
    product: text,
    items: { type: 'array', items: text, maxItems: 100 },
    amount,
    total: amount,
    userId: { type: ['string', 'number'] },
  },
}

const app = fastify({ forceCloseConnections: true, ajv: { customOptions: { coerceTypes: false } } })

app.post<{ Body: OrderBody }>('/orders', { schema: { body } }, async ({ body }, reply) => {
  const order = {
    id: randomBytes(4).toString('hex'),
    product: body.product ?? body.items?.join(', ') ?? 'Unknown',
    amount: body.amount ?? body.total ?? 100,
    timestamp: new Date().toISOString(),
  }
  const span = trace.getActiveSpan()
  span?.setAttributes({
    'order.id': order.id,
    'order.product': order.product,
    'order.amount': order.amount,
  })
  try {
    const [sent] = await send(order.id, JSON.stringify(order))
    span?.addEvent('order.published', { 'messaging.destination.name': topic, 'order.id': order.id })
    return { success: true, order, partition: sent?.partition, offset: sent?.baseOffset }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    return reply.code(name.startsWith('KafkaJS') ? 503 : 500).send({ success: false, error: message })
  }
})

function send(key: string, value: string) {
  const { propagation } = settings
  return propagation === 'instrumentation'
    ? producer.send({ topic, messages: [{ key, value }] })
    : sendByHand(producer, { topic, key, value }, propagation)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await app.close()
    await producer.disconnect()
    process.exit(0)
  })
}
console.log(`ready  ${await app.listen({ port: settings.port, host: '127.0.0.1' })}`)
