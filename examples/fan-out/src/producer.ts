import { readFile } from 'node:fs/promises'
import { createTopics } from '@waybill/brokers/topics'
import fastify from 'fastify'
import { Kafka, logLevel } from 'kafkajs'
import { closeOnSignal, readSettings } from './settings.ts'

/* producer1: sends as many records as it is asked for. Their keys are numbers of 64 bits. */
const { port, brokers, topic, waybillUrl } = readSettings()
const kafka = new Kafka({ clientId: 'producer1', brokers: [...brokers], logLevel: logLevel.NOTHING })
const producer = kafka.producer({ allowAutoTopicCreation: false })
const admin = kafka.admin()
await Promise.all([producer.connect(), admin.connect()])
await createTopics(admin, [{ topic, numPartitions: 3 }])
await admin.disconnect()

const most = 1000
const app = fastify({ forceCloseConnections: true })

app.get<{ Params: { n: string } }>('/produce/:n', async ({ params }, reply) => {
  const count = /^\d{1,4}$/.test(params.n) ? Number(params.n) : 0
  if (count < 1 || count > most) return reply.code(400).send({ error: `A number from 1 to ${most}, please` })
  const messages = Array.from({ length: count }, (_, i) => ({
    key: longKey(i),
    value: 'This is a test message.',
  }))
  try {
    await producer.send({ topic, messages })
  } catch (error) {
    return reply.code(503).send({ error: error instanceof Error ? error.message : String(error) })
  }
  return { produced: count }
})

app.get('/', async (_, reply) =>
  reply.type('text/html').send(await readFile(new URL('./page/index.html', import.meta.url))),
)
app.get('/page.json', () => ({ waybillUrl: waybillUrl.replace(/\/$/, '') }))

// Browsers ask for it beside an answer that is no page.
app.get('/favicon.ico', (_, reply) => reply.code(204).send())

/** A number as Kafka's LongSerializer writes it. */
function longKey(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

closeOnSignal(async () => {
  await app.close()
  await producer.disconnect()
})
console.log(`ready  ${await app.listen({ port, host: '127.0.0.1' })}`)
