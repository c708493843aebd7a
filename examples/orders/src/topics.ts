import { createTopics } from '@waybill/brokers/topics'
import { Kafka, logLevel } from 'kafkajs'

const topics = [
  { topic: 'orders.created', numPartitions: 3 },
  { topic: 'payments.processed', numPartitions: 3 },
  { topic: 'orders.created.dlq', numPartitions: 1 },
]

/** Makes the topics that are not there yet. */
export async function prepareTopics(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await createTopics(admin, topics)
  } finally {
    await admin.disconnect()
  }
}
