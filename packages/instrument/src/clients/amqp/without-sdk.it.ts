import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, traceAmqpClient, traceRabbitmqClient } from '../../index.ts'
import { cloudamqps, testCloudamqps } from '../../testing/cloudamqp.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { rabbitmqClients, testRabbitmqClients } from '../../testing/rabbitmq-client.ts'

const rabbitmq = testRabbitmq()
const connections = testRabbitmqClients(rabbitmq)
const clients = testCloudamqps(rabbitmq)
const headers = { traceparent: 'of somebody else', tracestate: 'x=1', own: 7 }

for (const version of rabbitmqClients) {
  test(`with no SDK, rabbitmq-client ${version.version} sends headers as they are, and handlers run`, async () => {
    const queue = await rabbitmq.queue()
    const connection = traceRabbitmqClient(await connections.connect(version))
    const publisher = connection.createPublisher({ confirm: true, maxAttempts: 2 })
    await publisher.send({ routingKey: queue, headers }, { body: 1 })
    await publisher.send(queue, 'text')
    const seen: unknown[] = []
    const done = Promise.withResolvers<void>()
    const consumer = connection.createConsumer({ queue, queueOptions: { passive: true } }, message => {
      contextOf(message)
      seen.push([message.body, message.headers])
      if (seen.length === 2) done.resolve()
    })
    await done.promise
    await consumer.close()
    assert.deepEqual(seen, [
      [{ body: 1 }, headers],
      ['text', {}],
    ])
    assert.equal(await rabbitmq.ready(queue), 0)
  })
}

for (const version of cloudamqps) {
  test(`with no SDK, @cloudamqp/amqp-client ${version.title} sends headers as they are, and handlers run`, async () => {
    const queue = await rabbitmq.queue()
    const channel = await traceAmqpClient(await clients.client(version)).channel()
    await channel.basicPublish('', queue, 'text', { headers })
    const done = Promise.withResolvers<unknown>()
    await channel.basicConsume(queue, { noAck: false }, async message => {
      contextOf(message)
      await message.ack()
      done.resolve([message.bodyToString(), message.properties.headers])
    })
    assert.deepEqual(await done.promise, ['text', headers])
  })
}
