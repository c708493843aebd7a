import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { SpanStatusCode } from '@opentelemetry/api'
import type { Channel, Options } from 'amqplib'
import amqplib from 'amqplib'
import callbacks from 'amqplib/callback_api'
import { traceChannel, traceConnection } from '../../index.ts'
import { amqplibs, testConnections } from '../../testing/amqplib.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { traceparent } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const connections = testConnections(rabbitmq)

beforeEach(() => spans.clear())

for (const client of amqplibs) {
  const named = (what: string): string => `amqplib ${client.version}: ${what}`

  test(named('the broker has the name that was connected to, and the address behind it'), async () => {
    const { port, username, password } = new URL(rabbitmq.url)
    const connection = await client.promises.connect({
      hostname: 'localhost',
      port: Number(port),
      username,
      password,
      frameMax: 131_072,
    })
    rabbitmq.atEnd(() => connection.close())
    const channel = traceChannel(await connection.createChannel())
    channel.sendToQueue('nowhere', Buffer.from('v'))
    const { attributes } = spans.one('publish nowhere')
    assert.equal(attributes['server.address'], 'localhost')
    assert.equal(attributes['server.port'], Number(port))
    assert.match(String(attributes['network.peer.address']), /^(127\.0\.0\.1|::1)$/)
  })

  test(named('old names and new ones, by choice'), async () => {
    const queue = await rabbitmq.queue()
    const connection = await connections.promised(client)
    for (const conventions of ['old', 'both'] as const) {
      const channel = traceChannel(await connection.createChannel(), { conventions })
      channel.sendToQueue(queue, Buffer.from('v'), { messageId: 'm', correlationId: 'c' })
      await channel.consume(queue, () => {}, { noAck: true })
      const processed = await until('the span', () => spans.named(`process ${queue}`)[0])
      const sent = spans.one(`publish ${queue}`)
      for (const span of [sent, processed]) {
        const isBoth = conventions === 'both'
        assert.equal(span.attributes['messaging.destination'], '')
        assert.equal(span.attributes['messaging.destination_kind'], 'topic')
        assert.equal(span.attributes['messaging.rabbitmq.routing_key'], queue)
        assert.equal(span.attributes['messaging.message_id'], 'm')
        assert.equal(span.attributes['messaging.conversation_id'], 'c')
        assert.equal(span.attributes['messaging.protocol'], 'AMQP')
        assert.equal(span.attributes['messaging.destination.name'], isBoth ? queue : undefined)
        assert.equal(span.attributes['messaging.message.id'], isBoth ? 'm' : undefined)
      }
      assert.equal(processed.attributes['messaging.operation'], 'process')
      spans.clear()
      await channel.close()
    }
  })

  test(
    named('a publication that no queue takes fails where that is asked for, confirmed or not'),
    async () => {
      const channel = traceConnection(await connections.promised(client), { formats: ['b3', 'w3c'] })
      const confirming = await channel.createConfirmChannel()
      const queue = await rabbitmq.queue()
      const returned: Options.Publish[] = []
      confirming.on('return', message => returned.push(message.properties))
      const outcomes: unknown[] = []
      const publish = (key: string): unknown =>
        confirming.publish('', key, Buffer.from('v'), { mandatory: true }, error => outcomes.push(error))
      publish('no-such-queue')
      publish(queue)
      await confirming.waitForConfirms()
      assert.deepEqual(outcomes, [null, null], 'the broker confirms both')
      assert.equal(returned.length, 1)
      const failed = spans.one('publish no-such-queue')
      assert.equal(failed.status.code, SpanStatusCode.ERROR)
      assert.equal(failed.attributes['error.type'], 'NO_ROUTE')
      assert.equal(spans.one(`publish ${queue}`).status.code, SpanStatusCode.UNSET)
    },
  )
}

test('connections that recover by themselves are traced: promises', async () => {
  const recovering = await amqplib.connect(rabbitmq.url, { recovery: { initialDelay: 10 } })
  rabbitmq.atEnd(() => recovering.close())
  const connection = traceConnection(recovering)
  const sendAndRead = async (): Promise<void> => {
    const queue = await rabbitmq.queue()
    const channel: Channel = await connection.createChannel()
    channel.on('error', () => {})
    channel.sendToQueue(queue, Buffer.from('v'), { headers: { traceparent: traceparent('a') } })
    await channel.consume(queue, message => message !== null && channel.ack(message))
    await until('the spans', () => spans.named(`ack ${queue}`).length === 1)
    assert.equal(spans.one(`process ${queue}`).spanContext().traceId, 'a'.repeat(32))
    spans.clear()
  }
  await sendAndRead()
  const again = new Promise(resolve => recovering.once('connect', resolve))
  recovering.on('error', () => {})
  const { _core: core } = recovering as unknown as {
    _core: { _model: { connection: { stream: { destroy(error: Error): void } } } }
  }
  core._model.connection.stream.destroy(new Error('the connection was cut'))
  await again
  await sendAndRead()
})

test('connections that recover by themselves are traced: callbacks', async () => {
  const connect = callbacks.connect as unknown as (
    url: string,
    options: object,
    callback: (error: unknown, connection: callbacks.Connection) => void,
  ) => void
  const recovering = await new Promise<callbacks.Connection>(resolve =>
    connect(rabbitmq.url, { recovery: true }, (_, connection) => resolve(connection)),
  )
  rabbitmq.atEnd(() => new Promise<unknown>(closed => recovering.close(closed)))
  const channel = await new Promise<callbacks.Channel>(resolve =>
    traceConnection(recovering).createChannel((_, made) => resolve(made)),
  )
  channel.sendToQueue('nowhere', Buffer.from('v'))
  assert.equal(spans.named('publish nowhere').length, 1)
})

test('what is no channel and no connection comes back as it is', () => {
  const other = Object.freeze({ publish: 'no function' })
  assert.equal(traceChannel(other), other)
  assert.equal(traceConnection(other), other)
  const frozen = Object.freeze({ publish() {}, consume() {} })
  assert.equal(traceChannel(frozen), frozen)
})
