import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Kafka, logLevel } from 'kafkajs'
import { freePorts } from './free-port.ts'
import { namedBrokers, startKafka } from './kafka.ts'
import { kafkaAnswers } from './kafka-answers.ts'
import { startLocalKafka } from './kafka-local.ts'

test('a message goes through the broker and comes back with its headers', async () => {
  const broker = await startKafka()
  const client = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING })
  const topic = `brokers-${process.pid}-${Date.now()}`
  const producer = client.producer()
  const consumer = client.consumer({ groupId: `${topic}-group` })
  try {
    await producer.connect()
    const [sent] = await producer.send({ topic, messages: [{ value: 'hello', headers: { color: 'blue' } }] })
    assert.equal(sent?.baseOffset, '0')
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const received = await new Promise<string>(resolve => {
      void consumer.run({
        eachMessage: async ({ message }) => resolve(`${message.value} ${message.headers?.['color']}`),
      })
    })
    assert.equal(received, 'hello blue')
  } finally {
    await consumer.disconnect()
    await producer.disconnect()
    await broker.stop()
  }
})

test('a local broker listens on the port asked for, says when it is taken, and is gone after stop', async () => {
  const [port = 0] = await freePorts(1)
  const broker = await startLocalKafka({ port })
  assert.deepEqual(broker.brokers, [`127.0.0.1:${port}`])
  assert.equal(broker.kind, 'local')
  await assert.rejects(startLocalKafka({ port }), /Kafka did not start: .*already in use/i)
  await broker.stop()
  assert.equal(await answers(port), false)
})

test('no broker outlives a starter that is killed', async () => {
  const { KAFKA_BROKERS: _, ...env } = process.env
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))
  const starter = spawn(process.execPath, [cli, 'kafka'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [address] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string]
    const port = Number(address.split(':')[1])
    assert.equal(await answers(port), true)
    starter.kill('SIGKILL')
    while (await answers(port)) await delay(50)
  } finally {
    starter.kill('SIGKILL')
  }
})

test('a broker that does not answer is named in the error', async () => {
  const [port = 0] = await freePorts(1)
  const address = `127.0.0.1:${port}`
  await assert.rejects(kafkaAnswers([address], 0), {
    name: 'BrokerUnavailable',
    message: new RegExp(address),
  })
})

test('KAFKA_BROKERS is a list of addresses', () => {
  assert.deepEqual(namedBrokers(undefined), [])
  assert.deepEqual(namedBrokers(' '), [])
  assert.deepEqual(namedBrokers('a:9092, b:9092,'), ['a:9092', 'b:9092'])
})

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
