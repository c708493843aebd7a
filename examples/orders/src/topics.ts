import { Kafka, logLevel } from 'kafkajs'

const topics = [
  { topic: 'orders.created', numPartitions: 3 },
  { topic: 'payments.processed', numPartitions: 3 },
  { topic: 'orders.created.dlq', numPartitions: 1 },
]

/** Makes the topics that are not there yet. */
export async function createTopics(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const existing = new Set(await admin.listTopics())
    const missing = topics.filter(({ topic }) => !existing.has(topic))
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true })
  } finally {
    await admin.disconnect()
  }
}
