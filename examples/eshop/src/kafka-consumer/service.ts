import { Kafka, logLevel } from 'kafkajs'
import { call } from '../call.ts'
import { closeOnSignal } from '../service.ts'
import { readSettings } from '../settings.ts'

/*
 * kafka-consumer: has a mail sent for every order that was checked out. A message is dealt with once the mail is
 * sent; until then it is tried again, by another process if need be.
 */
const { brokers, topic, urls } = readSettings()
const kafka = new Kafka({ clientId: 'kafka-consumer', brokers: [...brokers], logLevel: logLevel.ERROR })
const consumer = kafka.consumer({
  groupId: 'eshop-demo-app',
  maxWaitTimeInMs: 100,
  // A mail that waits for notification is tried every two seconds at least, since others wait behind it.
  retry: { maxRetryTime: 2_000 },
})
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  async eachMessage({ message }) {
    const order = orderIn(message.value)
    if (order === undefined) console.warn(`Offset ${message.offset} of ${topic} holds no order`)
    else await call(`${urls.notification}/sendEmail`, order)
  },
})

/** What a message holds that was not made by eshop is not tried again: it would stay wrong. */
function orderIn(value: Buffer | null): object | undefined {
  try {
    const order: unknown = JSON.parse(String(value))
    return typeof order === 'object' && order !== null && 'email' in order ? order : undefined
  } catch {
    return undefined
  }
}

closeOnSignal(() => consumer.disconnect())
console.log('ready')
