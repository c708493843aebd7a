import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'

/** A topic to be made where it is not there yet. */
export interface WantedTopic {
  readonly topic: string
  /** 1 unless said. */
  readonly numPartitions?: number
}

/** The part of kafkajs's admin client that is asked. */
export type TopicAdmin = Pick<Admin, 'createTopics' | 'fetchTopicMetadata' | 'fetchTopicOffsets'>

const boundMs = 60_000

/**
 * Makes topics where they are missing, and resolves when all of their partitions can be written to and read from.
 *
 * kafkajs's `waitForLeaders` asks once, a tenth of a second later, and fails where the broker does not know the topic
 * yet: since Kafka has no ZooKeeper, the controller answers before the brokers have heard of what it made.
 *
 * @param admin connected.
 * @throws what kafkajs threw where Kafka refuses a topic, or where it is not ready after a minute.
 */
export async function createTopics(admin: TopicAdmin, topics: readonly WantedTopic[]): Promise<void> {
  const deadlineMs = performance.now() + boundMs
  for (;;) {
    const problem = await problemOf(admin, topics)
    if (problem === undefined) return
    if (performance.now() > deadlineMs) throw problem
    await delay(50)
  }
}

/** Undefined when all is there; thrown is what waiting does not mend. */
async function problemOf(admin: TopicAdmin, topics: readonly WantedTopic[]): Promise<Error | undefined> {
  try {
    await admin.createTopics({ topics: topics.map(topic => ({ ...topic })), waitForLeaders: false })
    for (const { topic } of topics)
      if (!(await isLed(admin, topic))) return new Error(`nobody leads ${topic} yet`)
    return undefined
  } catch (error) {
    if (error instanceof Error && passes(error)) return error
    throw error
  }
}

async function isLed(admin: TopicAdmin, topic: string): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const partitions = topics[0]?.partitions ?? []
  if (partitions.length === 0 || partitions.some(({ leader }) => leader < 0)) return false
  // A broker tells who leads a partition before it leads it. Only who leads one knows its offsets.
  return (await admin.fetchTopicOffsets(topic)).length === partitions.length
}

/** Whether an error of kafkajs says what is so for now only. Out of retries, it says no more what it was. */
function passes(error: Error): boolean {
  return ('retriable' in error && error.retriable === true) || error.name === 'KafkaJSNumberOfRetriesExceeded'
}
