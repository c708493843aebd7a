import { randomUUID } from 'node:crypto'
import { after, before } from 'node:test'
import { startKafka } from '@waybill/brokers'
import { createTopics } from '@waybill/brokers/topics'
import type { Consumer, ConsumerRunConfig, KafkaConfig, Producer, ProducerConfig } from 'kafkajs'
import { Kafka, logLevel } from 'kafkajs'
import type { MessagingOptions } from '../index.ts'
import { traceKafka } from '../index.ts'

/** A real Kafka for one test file, and clients that are disconnected at its end. */
export interface TestKafka {
  readonly brokers: readonly string[]
  client(config?: Partial<KafkaConfig>): Kafka
  topic(partitions?: number): Promise<string>
  /** A connected producer, traced unless `options` is `untraced`. */
  producer(options?: MessagingOptions | 'untraced', config?: ProducerConfig): Promise<Producer>
  /** A consumer that reads the topics from their beginning; resolves when it is in its group. */
  consume(topics: readonly string[], run: ConsumerRunConfig, options?: ConsumeOptions): Promise<Consumer>
}

export interface ConsumeOptions {
  readonly tracing?: MessagingOptions | 'untraced'
  readonly groupId?: string
}

/** Starts Kafka before the tests of the calling file, and ends it and its clients after them. */
export function testKafka(): TestKafka {
  let brokers: readonly string[] = []
  const closing: (() => Promise<unknown>)[] = []

  before(async () => {
    process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'
    const kafka = await startKafka()
    brokers = kafka.brokers
    closing.push(() => kafka.stop())
  })
  after(async () => {
    for (const close of closing.reverse()) await close()
  })

  const client = (config?: Partial<KafkaConfig>): Kafka =>
    new Kafka({ brokers: [...brokers], clientId: 'test-client', logLevel: logLevel.NOTHING, ...config })
  const instrumented = (options: MessagingOptions | 'untraced'): Kafka =>
    options === 'untraced' ? client() : traceKafka(client(), options)

  return {
    get brokers() {
      return brokers
    },
    client,
    async topic(partitions = 1) {
      const topic = `topic-${randomUUID()}`
      const admin = client().admin()
      await admin.connect()
      await createTopics(admin, [{ topic, numPartitions: partitions }])
      await admin.disconnect()
      return topic
    },
    async producer(options = {}, config) {
      const producer = instrumented(options).producer(config)
      await producer.connect()
      closing.push(() => producer.disconnect())
      return producer
    },
    async consume(topics, run, { tracing = {}, groupId = `group-${randomUUID()}` } = {}) {
      const consumer = instrumented(tracing).consumer({ groupId, maxWaitTimeInMs: 100 })
      closing.push(() => consumer.disconnect())
      await consumer.connect()
      await consumer.subscribe({ topics: [...topics], fromBeginning: true })
      await consumer.run(run)
      return consumer
    },
  }
}
