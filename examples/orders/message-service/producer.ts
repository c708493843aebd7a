import { randomUUID } from 'node:crypto'
import { trace } from '@opentelemetry/api'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import { connect } from 'amqplib'
import fastify from 'fastify'

/*
 * message-service: takes a message over HTTP and puts it into RabbitMQ's queue `tasks`. It is answered once the
 * broker has confirmed it, on disk; what the broker did not confirm is refused with 503.
 */
const queue = 'tasks'
const url = process.env['AMQP_URL'] ?? 'amqp://guest:guest@localhost:5672'
const confirmMs = 5_000

interface Opened {
  readonly connection: ChannelModel
  readonly channel: ConfirmChannel
}

let opened: Promise<Opened> | undefined

/** The connection and its channel; new ones after the broker was away. */
function broker(): Promise<Opened> {
  opened ??= open().catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return opened
}

async function open(): Promise<Opened> {
  const connection = await connect(url)
  const forget = (): void => {
    opened = undefined
  }
  connection.on('error', forget)
  connection.on('close', forget)
  const channel = await connection.createConfirmChannel()
  channel.on('error', forget)
  await channel.assertQueue(queue, { durable: true })
  return { connection, channel }
}

interface MessageBody {
  readonly type: string
  readonly to: string
  readonly body?: string
}

const text = { type: 'string', minLength: 1, maxLength: 10_000 }
const schema = {
  body: { type: 'object', required: ['type', 'to'], properties: { type: text, to: text, body: text } },
}

const app = fastify({ forceCloseConnections: true, ajv: { customOptions: { coerceTypes: false } } })

app.post<{ Body: MessageBody }>('/messages', { schema }, async ({ body }, reply) => {
  const [messageId, correlationId] = [randomUUID(), randomUUID()]
  trace.getActiveSpan()?.setAttribute('messaging.message.conversation_id', correlationId)
  try {
    await publish(Buffer.from(JSON.stringify(body)), messageId, correlationId)
    return { success: true, messageId, correlationId }
  } catch (error) {
    return reply
      .code(503)
      .send({ success: false, error: error instanceof Error ? error.message : String(error) })
  }
})

/** Resolves when the broker has confirmed the message; rejects when it refuses it, goes away or takes too long. */
async function publish(content: Buffer, messageId: string, correlationId: string): Promise<void> {
  const { channel } = await broker()
  await new Promise<void>((resolve, reject) => {
    const bound = setTimeout(() => reject(new Error('RabbitMQ did not confirm the message')), confirmMs)
    channel.sendToQueue(queue, content, { persistent: true, messageId, correlationId }, error => {
      clearTimeout(bound)
      if (error === null || error === undefined) resolve()
      else reject(error)
    })
  })
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await app.close()
    await (await opened?.catch(() => undefined))?.connection.close()
    process.exit(0)
  })
}
await broker()
const port = Number(process.env['MESSAGE_PORT'] ?? 3002)
console.log(`ready  ${await app.listen({ port, host: '127.0.0.1' })}`)
