import { randomBytes } from 'node:crypto'
import { createTopics } from '@waybill/brokers/topics'
import { Kafka, logLevel } from 'kafkajs'
import { CallFailed, call } from '../call.ts'
import type { Order } from '../order.ts'
import { amountSchema, emailSchema, itemsSchema } from '../order.ts'
import { createService, run, work } from '../service.ts'
import { readSettings } from '../settings.ts'

/*
 * eshop: checks a cart out. Goods are reserved, paid and sent; then a message has the confirmation sent, which
 * nobody waits for. "Checked out" is answered once Kafka has that message on every replica that is in sync.
 */
const { brokers, topic, urls } = readSettings()
const kafka = new Kafka({ clientId: 'eshop', brokers: [...brokers], logLevel: logLevel.NOTHING })
const producer = kafka.producer({ allowAutoTopicCreation: false })
const admin = kafka.admin()
await Promise.all([producer.connect(), admin.connect()])
await createTopics(admin, [{ topic, numPartitions: 3 }])
await admin.disconnect()

interface Cart {
  readonly items?: readonly string[]
  readonly amount?: number
  readonly email?: string
}

const cartSchema = {
  type: 'object',
  properties: { items: itemsSchema, amount: amountSchema, email: emailSchema },
}

const app = createService()

app.get('/checkout', () => checkOut({}))
app.post<{ Body: Cart }>('/checkout', { schema: { body: cartSchema } }, ({ body }) => checkOut(body))

app.setErrorHandler<Error & { readonly statusCode?: number }>((error, _, reply) => {
  const isKafka = error.name.startsWith('KafkaJS')
  const code = error.statusCode ?? (error instanceof CallFailed ? 502 : isKafka ? 503 : 500)
  return reply.code(code).send({ error: error.message })
})

async function checkOut({ items = ['book'], amount = 20, email = 'customer@example.com' }: Cart) {
  const order: Order = { order: randomBytes(4).toString('hex'), items, amount, email }
  await work()
  await call(`${urls.inventory}/createOrder`, order)
  await call(`${urls.billing}/payment`, order)
  await call(`${urls.delivery}/arrangeDelivery`, order)
  await producer.send({ topic, messages: [{ key: order.order, value: JSON.stringify(order) }] })
  return { order: order.order, message: 'You have successfully checked out your shopping cart.' }
}

await run(app, () => producer.disconnect())
