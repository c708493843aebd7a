import { randomUUID } from 'node:crypto'
import { afterEach } from 'node:test'
import type * as current from '@platformatic/kafka'
import type { MessagingOptions } from '../index.ts'
import { tracePlatformatic } from '../index.ts'
import type { TestKafka } from './kafka.ts'

type Module = typeof current
type Texts = { Key: string; Value: string; HeaderKey: string; HeaderValue: string }
export type TextProducer = current.Producer<string, string, string, string>
export type TextConsumer = current.Consumer<string, string, string, string>
export type TextStream = current.MessagesStream<string, string, string, string>
export type TextMessage = current.Message<string, string, string, string>

/** Both ends of the range that is supported. */
export const platformaticVersions = ['platformatic-kafka-1.11.0', '@platformatic/kafka'] as const
export type PlatformaticVersion = (typeof platformaticVersions)[number]

/** Clients of one version, which are closed after each test of the calling file. */
export interface TestPlatformatic {
  readonly module: Module
  /** Traced unless `options` is `untraced`; texts unless `given` says otherwise. */
  producer(options?: MessagingOptions | 'untraced', given?: object): TextProducer
  consumer(options?: MessagingOptions | 'untraced', given?: object): TextConsumer
  /** A stream from the beginning of a topic. */
  consume(topic: string, options?: MessagingOptions | 'untraced', given?: object): Promise<TextStream>
}

/** Loads a version of the client, for the Kafka of a test file. */
export async function testPlatformatic(
  kafka: TestKafka,
  version: PlatformaticVersion = '@platformatic/kafka',
): Promise<TestPlatformatic> {
  const module = (await import(version)) as Module
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  const base = () => ({ clientId: 'test-client', bootstrapBrokers: [...kafka.brokers], retries: 5 })
  const traced = <Client extends object>(client: Client, options: MessagingOptions | 'untraced'): Client =>
    options === 'untraced' ? client : tracePlatformatic(client, options)

  const testClients: TestPlatformatic = {
    module,
    producer(options = {}, given = {}) {
      const producer = new module.Producer<
        Texts['Key'],
        Texts['Value'],
        Texts['HeaderKey'],
        Texts['HeaderValue']
      >({ ...base(), serializers: module.stringSerializers, ...given })
      // The first versions take no `force`.
      closing.push(() => (version === '@platformatic/kafka' ? producer.close(true) : producer.close()))
      return traced(producer, options)
    },
    consumer(options = {}, given = {}) {
      const consumer = new module.Consumer<
        Texts['Key'],
        Texts['Value'],
        Texts['HeaderKey'],
        Texts['HeaderValue']
      >({
        ...base(),
        groupId: `group-${randomUUID()}`,
        deserializers: module.stringDeserializers,
        maxWaitTime: 100,
        ...given,
      })
      closing.push(() => consumer.close(true))
      return traced(consumer, options)
    },
    consume(topic, options, given = {}) {
      const { deserializers, groupId, ...consuming } = given as { deserializers?: object; groupId?: string }
      const consumer = testClients.consumer(options, {
        ...(deserializers && { deserializers }),
        ...(groupId && { groupId }),
      })
      return consumer.consume({ topics: [topic], mode: 'earliest', ...consuming } as never)
    },
  }
  return testClients
}
