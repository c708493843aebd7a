import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsumeMessage } from 'amqplib'
import amqplib from 'amqplib'
import { traceConnection } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { documentedAttributes, typeName } from '../../testing/readme.ts'
import { until } from '../../testing/until.ts'
import { nameConnection } from '../amqplib/channel.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()

test("the README lists every attribute of RabbitMQ's spans, with its type, and no other", async () => {
  const connection = await amqplib.connect(rabbitmq.url)
  rabbitmq.atEnd(() => connection.close())
  // As zero-code start does when the connection is opened.
  nameConnection(connection.connection, 'my-service')
  const rules = [
    { destination: 'queue-*', template: 'queue-{id}' },
    { destination: 'amq.gen-*', template: 'made-up' },
  ]
  const hook = (): never => {
    throw new Error('a hook that fails')
  }
  const options = { rules, onSend: hook, onReceive: hook, onProcess: hook }
  const channel = await traceConnection(connection, options).createConfirmChannel()
  const dead = await rabbitmq.queue()
  const { queue } = await channel.assertQueue('', {
    exclusive: true,
    deadLetterExchange: '',
    deadLetterRoutingKey: dead,
  })
  const properties = { messageId: 'm', correlationId: 'c', timestamp: Math.floor(Date.now() / 1000) }
  const send = (count: number): void => {
    for (let i = 0; i < count; i++) channel.sendToQueue(queue, Buffer.from('v'), properties)
  }
  const count = (name: string): number => spans.named(name).length

  // Received: empty, once from where letters die, and from a queue that is not there.
  send(2)
  await channel.waitForConfirms()
  for (let i = 0; i < 2; i++) {
    const message = await channel.get(queue)
    if (message !== false) channel.reject(message, false)
  }
  const letter = await until('a dead letter', () => channel.get(dead))
  channel.ack(letter)

  // Processed: refused and delivered again, a dead letter, many at once.
  let deliveries = 0
  let held: ConsumeMessage | undefined
  await channel.consume(queue, message => {
    if (message === null) return
    if (++deliveries === 1) channel.nack(message)
    if (deliveries === 4) held = message
  })
  await channel.consume(dead, message => message !== null && channel.ack(message))
  send(1)
  await until('it is delivered again', () => deliveries === 2 && count('process made-up') === 1)
  channel.ackAll()
  send(1)
  await until('one is held', () => deliveries === 3)
  channel.nackAll(false)
  await until('it is dead', () => count('process queue-{id}') === 1)
  const plain = await connection.createChannel()
  plain.on('error', () => {})
  await assert.rejects(plain.get('queue-nowhere'))
  send(1)
  await until('another is held', () => held !== undefined)
  await channel.close()
  assert.throws(() => channel.sendToQueue(queue, Buffer.from('v')))
  assert.throws(() => held && channel.ack(held))

  const emitted = new Map<string, Map<string, string>>()
  for (const { attributes } of spans.all()) {
    const operation = String(attributes['messaging.operation.name'])
    const column = attributes['messaging.operation.type'] === 'settle' ? 'ack, nack, reject' : operation
    const found = emitted.get(column) ?? new Map<string, string>()
    for (const [name, value] of Object.entries(attributes)) {
      // Whole seconds are whole numbers now and then.
      const type = name === 'waybill.message.queue_duration' ? 'double' : typeName(value)
      found.set(name, type)
    }
    emitted.set(column, found)
  }
  // That of a publication is rabbitmq-client's alone, whose own tests see it.
  emitted.get('publish')?.set('waybill.message.attempt', 'int')
  const stated = await documentedAttributes(/^### Attributes of RabbitMQ/)
  assert.deepEqual([...stated.keys()].sort(), [...emitted.keys()].sort())
  for (const [column, types] of stated) {
    const found = emitted.get(column) ?? new Map<string, string>()
    assert.deepEqual([...types.keys()].sort(), [...found.keys()].sort(), column)
    for (const [name, type] of types)
      assert.equal(type.split(/[:,;]/)[0], found.get(name), `${column}: ${name}`)
  }
})
