import { test } from 'node:test'
import { testKafka } from '../../packages/instrument/src/testing/kafka.ts'
import { testRabbitmq } from '../../packages/instrument/src/testing/rabbitmq.ts'
import { testReceiver } from '../../packages/instrument/src/testing/receiver.ts'
import type { ClientProgram, Expected } from './client-programs.ts'
import { assertOneWay, runClient } from './client-programs.ts'
import { nodeOf } from './node-versions.ts'
import { publishedFolder } from './published-folder.ts'

/*
 * Every client that npm installs, in the published form, on the older versions of Node; on the one that runs this,
 * the clients' own tests do it with the sources. Those with addons of C++ are in addon-clients.it.ts.
 */

const published = publishedFolder()
const receiver = testReceiver()
const kafka = testKafka()
const rabbitmq = testRabbitmq()

interface KafkaProgram extends ClientProgram {
  readonly polls: boolean
  /** An older version, for a Node that the newest one does not run on. */
  readonly on20?: string
}

const onKafka: readonly KafkaProgram[] = [
  {
    client: 'kafkajs',
    names: '{ Kafka }',
    polls: false,
    work: `
      const kafka = new Kafka({ brokers: process.env.BROKERS.split(','), logLevel: 0 })
      const topic = process.env.TOPIC
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic, messages: [{ value: 'v' }] })
      await producer.disconnect()
      const consumer = kafka.consumer({ groupId: topic })
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await new Promise(resolve => consumer.run({ eachMessage: async () => resolve() }))
      await consumer.disconnect()`,
  },
  {
    client: '@platformatic/kafka',
    on20: 'platformatic-kafka-1.11.0',
    names: '{ Producer, Consumer, stringSerializers }',
    polls: true,
    work: `
      const bootstrapBrokers = process.env.BROKERS.split(',')
      const topic = process.env.TOPIC
      const producer = new Producer({ clientId: 'shop', bootstrapBrokers, serializers: stringSerializers })
      await producer.send({ messages: [{ topic, value: 'v' }] })
      await producer.close()
      const consumer = new Consumer({ groupId: topic, clientId: 'shop', bootstrapBrokers, maxWaitTime: 100 })
      for await (const _ of await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })) break
      await consumer.close()`,
  },
]

const onRabbitmq: readonly ClientProgram[] = [
  {
    client: 'amqplib',
    names: 'amqplib',
    work: `
      const connection = await amqplib.connect(process.env.AMQP)
      const channel = await connection.createConfirmChannel()
      channel.sendToQueue(process.env.QUEUE, Buffer.from('v'))
      await channel.waitForConfirms()
      await new Promise(resolve =>
        channel.consume(process.env.QUEUE, message => {
          channel.ack(message)
          setImmediate(resolve)
        }),
      )
      await connection.close()`,
  },
  {
    client: 'rabbitmq-client',
    names: '{ Connection }',
    work: `
      const connection = new Connection(process.env.AMQP)
      const queue = process.env.QUEUE
      const publisher = connection.createPublisher({ confirm: true })
      await publisher.send(queue, 'v')
      await publisher.close()
      const consumer = await new Promise(resolve => {
        const made = connection.createConsumer({ queue, queueOptions: { passive: true } }, async () => resolve(made))
      })
      await consumer.close()
      await connection.close()`,
  },
  {
    client: '@cloudamqp/amqp-client',
    names: '{ AMQPClient }',
    work: `
      const client = new AMQPClient(process.env.AMQP)
      await client.connect()
      const channel = await client.channel()
      await channel.basicPublish('', process.env.QUEUE, 'v')
      await new Promise((resolve, reject) =>
        channel.basicConsume(process.env.QUEUE, { noAck: false }, async message => message.ack().then(resolve, reject)),
      )
      await client.close()`,
  },
]

/** One message by an ES module and one by CommonJS, at once: each is told by its name as a service. */
async function bothKinds(
  program: ClientProgram,
  major: number,
  place: () => Promise<{ readonly env: Readonly<Record<string, string>>; readonly expected: Expected }>,
): Promise<void> {
  const node = await nodeOf(major)
  await Promise.all(
    (['mjs', 'cjs'] as const).map(async kind => {
      const service = `${program.client}-${major}-${kind}`.replaceAll(/\W+/g, '-')
      const { env, expected } = await place()
      await runClient(program, kind, {
        node,
        folder: await published(),
        env: { ...env, OTEL_SERVICE_NAME: service, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
      })
      assertOneWay(
        receiver.spans.filter(span => span.service === service),
        expected,
      )
    }),
  )
}

for (const major of [20, 22]) {
  for (const newest of onKafka) {
    const program = major === 20 && newest.on20 !== undefined ? { ...newest, client: newest.on20 } : newest
    test(`Node ${major}: ${program.client} is traced without code in ES modules and CommonJS`, () =>
      bothKinds(program, major, async () => {
        const topic = await kafka.topic()
        const more = program.polls ? [`poll ${topic}`] : []
        return {
          env: { BROKERS: kafka.brokers.join(','), TOPIC: topic },
          expected: { sent: `send ${topic}`, processed: `process ${topic}`, more },
        }
      }))
  }

  for (const program of onRabbitmq)
    test(`Node ${major}: ${program.client} is traced without code in ES modules and CommonJS`, () =>
      bothKinds(program, major, async () => {
        const queue = await rabbitmq.queue()
        return {
          env: { AMQP: rabbitmq.url, QUEUE: queue },
          expected: { sent: `publish ${queue}`, processed: `process ${queue}`, more: [`ack ${queue}`] },
        }
      }))
}
