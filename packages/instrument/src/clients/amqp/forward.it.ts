import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { AMQPClient } from '@cloudamqp/amqp-client'
import { connect } from 'amqplib'
import { Connection } from 'rabbitmq-client'
import { deadLetter, retryOf, traceAmqpClient, traceConnection, traceRabbitmqClient } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import type { TestRabbitmq } from '../../testing/rabbitmq.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { traceparent } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
beforeEach(() => spans.clear())

/**
 * Sends the first message of a queue back to it for another try and the second one to another queue, as dead.
 * Resolves when it consumes.
 */
type Forwarder = (broker: TestRabbitmq, queue: string, dead: string) => Promise<void>

const died = new RangeError('no such order')

const forwarders: Readonly<Record<string, Forwarder>> = {
  async amqplib(broker, queue, dead) {
    const connection = traceConnection(await connect(broker.url))
    broker.atEnd(() => connection.close())
    const channel = await connection.createChannel()
    let tries = 0
    await channel.consume(queue, message => {
      if (message === null) return
      const { value, headers } = ++tries === 1 ? retryOf(message) : deadLetter(message, died)
      channel.sendToQueue(tries === 1 ? queue : dead, value, { headers })
      channel.ack(message)
    })
  },
  async 'rabbitmq-client'(broker, queue, dead) {
    const connection = traceRabbitmqClient(new Connection(broker.url))
    const publisher = connection.createPublisher({ confirm: true })
    let tries = 0
    const options = { queue, queueOptions: { passive: true } }
    const consumer = connection.createConsumer(options, async message => {
      const { value, headers } = ++tries === 1 ? retryOf(message) : deadLetter(message, died)
      await publisher.send({ routingKey: tries === 1 ? queue : dead, headers }, value)
    })
    broker.atEnd(async () => {
      await consumer.close()
      await publisher.close()
      await connection.close()
    })
  },
  async '@cloudamqp/amqp-client'(broker, queue, dead) {
    const client = traceAmqpClient(new AMQPClient(broker.url))
    await client.connect()
    broker.atEnd(() => client.close())
    const channel = await client.channel()
    let tries = 0
    await channel.basicConsume(queue, { noAck: false }, async message => {
      const { value, headers } = ++tries === 1 ? retryOf(message) : deadLetter(message, died)
      await channel.basicPublish('', tries === 1 ? queue : dead, value, { headers })
      await message.ack()
    })
  },
}

for (const [client, forward] of Object.entries(forwarders))
  test(`${client}: what is tried again and what is dead keep body, headers and trace, and say which try it is`, async () => {
    const [queue, dead] = [await rabbitmq.queue(), await rabbitmq.queue()]
    await rabbitmq.send('', queue, 'body', {
      contentType: 'text/plain',
      headers: { traceparent: traceparent('a'), own: 'kept' },
    })
    await forward(rabbitmq, queue, dead)
    const letter = await rabbitmq.take(dead)
    assert.equal(String(letter.content), 'body')
    const { headers = {} } = letter.properties
    assert.equal(headers['own'], 'kept')
    assert.match(String(headers['traceparent']), /^00-a{32}-/)
    assert.equal(headers['waybill-dead-letter-destination'], queue)
    assert.equal(headers['waybill-dead-letter-reason'], 'RangeError')
    await until('two tries', () => spans.named(`process ${queue}`).length === 2)
    const [first, second] = spans.named(`process ${queue}`)
    assert.equal(second?.attributes['waybill.message.attempt'], 2)
    assert.equal(second?.links[0]?.context.spanId, first?.spanContext().spanId)
    for (const span of spans.all()) assert.equal(span.spanContext().traceId, 'a'.repeat(32))
  })
