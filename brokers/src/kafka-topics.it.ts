import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Admin } from 'kafkajs'
import { Kafka, logLevel } from 'kafkajs'
import { startKafka } from './kafka.ts'
import type { KafkaBroker } from './kafka-broker.ts'
import type { TopicAdmin } from './kafka-topics.ts'
import { createTopics } from './kafka-topics.ts'

let broker: KafkaBroker
let admin: Admin
before(async () => {
  broker = await startKafka()
  admin = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
})
after(async () => {
  await admin.disconnect()
  await broker.stop()
})

const named = (name: string) => `${name}-${process.pid}-${Date.now()}`

test('missing topics are made, those that are there stay as they are', async () => {
  const [old, fresh] = [named('old'), named('fresh')]
  await createTopics(admin, [{ topic: old }])
  await createTopics(admin, [
    { topic: old, numPartitions: 2 },
    { topic: fresh, numPartitions: 3 },
  ])
  const offsets = await Promise.all([old, fresh].map(topic => admin.fetchTopicOffsets(topic)))
  assert.deepEqual(
    offsets.map(of => of.map(({ offset }) => offset)),
    [['0'], ['0', '0', '0']],
  )
})

test('a broker that has not heard of the topic yet is asked again', async () => {
  const topic = named('late')
  // What a broker that lags answers, as kafkajs throws it.
  const impatient = new Kafka({
    brokers: [...broker.brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin()
  await impatient.connect()
  const unknown = await impatient.fetchTopicOffsets(named('missing')).then(
    () => assert.fail('a topic that is not there has offsets'),
    (error: Error) => error,
  )
  await impatient.disconnect()
  const left = [unknown, unknown]
  const lagging: TopicAdmin = {
    createTopics: options => admin.createTopics(options),
    fetchTopicMetadata: async options => {
      const error = left.pop()
      if (error !== undefined) throw error
      return admin.fetchTopicMetadata(options)
    },
    fetchTopicOffsets: name => admin.fetchTopicOffsets(name),
  }
  await createTopics(lagging, [{ topic, numPartitions: 2 }])
  assert.deepEqual(left, [])
  assert.equal((await admin.fetchTopicOffsets(topic)).length, 2)
})

test('what Kafka refuses for good is thrown at once', async () => {
  await assert.rejects(createTopics(admin, [{ topic: 'no spaces in names' }]), {
    name: 'KafkaJSAggregateError',
  })
})
