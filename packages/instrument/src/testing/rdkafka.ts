import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { after } from 'node:test'
import type { MessagingOptions } from '../index.ts'
import { traceRdkafka } from '../index.ts'
import type { TestKafka } from './kafka.ts'
import type { NativeClient } from './native-clients.ts'
import { nativeModule } from './native-clients.ts'

type Config = Readonly<Record<string, unknown>>
type Done = (error: unknown, ...results: unknown[]) => void

/** What tests use of librdkafka's API. The clients' own types are not there until they are installed. */
interface RdkafkaClient extends EventEmitter {
  connect(options: object | null, done: Done): unknown
  disconnect(done: Done): unknown
}

export interface RdkafkaProducer extends RdkafkaClient {
  produce(...args: unknown[]): unknown
  poll(): unknown
  setPollInterval(ms: number): unknown
  flush(ms: number, done: Done): unknown
  initTransactions(ms: number, done: Done): unknown
  beginTransaction(done: Done): unknown
  commitTransaction(ms: number, done: Done): unknown
  abortTransaction(ms: number, done: Done): unknown
  sendOffsetsToTransaction(...args: unknown[]): unknown
}

export interface RdkafkaMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly value: Buffer | null
  readonly headers?: readonly Readonly<Record<string, unknown>>[]
}

export interface RdkafkaConsumer extends RdkafkaClient {
  subscribe(topics: readonly string[]): unknown
  assign(places: readonly { topic: string; partition: number; offset: number }[]): unknown
  consume(...args: unknown[]): unknown
  commit(offsets?: unknown): unknown
  commitSync(offsets?: unknown): unknown
  commitMessage(message: RdkafkaMessage): unknown
  commitMessageSync(message: RdkafkaMessage): unknown
  commitCb?(offsets: unknown, done: Done): unknown
  committed(places: readonly object[], ms: number, done: Done): unknown
}

export interface RdkafkaModule {
  readonly Producer: new (config: Config, topicConfig?: Config) => RdkafkaProducer
  readonly HighLevelProducer: new (config: Config, topicConfig?: Config) => RdkafkaProducer
  readonly KafkaConsumer: new (config: Config, topicConfig?: Config) => RdkafkaConsumer
  createReadStream(config: Config, topicConfig: Config, options: object): Readable
  createWriteStream(config: Config, topicConfig: Config, options: object): Writable
}

/** A client of librdkafka's API against a real Kafka; what is made of it is disconnected at the end. */
export interface TestRdkafka {
  readonly module: RdkafkaModule
  /** A connected producer, traced unless `options` is `untraced`. */
  producer(
    config?: Config,
    options?: MessagingOptions | 'untraced',
    kind?: 'Producer' | 'HighLevelProducer',
  ): Promise<RdkafkaProducer>
  /** A connected consumer that is given a topic's partitions from their beginning. */
  consumer(
    topic: string,
    options?: MessagingOptions | 'untraced',
    partitions?: readonly number[],
  ): Promise<RdkafkaConsumer>
  /** What brokers a client needs to know of, and what it calls itself. */
  config(more?: Config): Config
}

/** The means to use clients within the tests of the calling file. */
export function testRdkafka(
  kafka: TestKafka,
): (client: NativeClient, test: TestContext) => Promise<TestRdkafka | undefined> {
  const closing: (() => Promise<unknown>)[] = []
  after(() => Promise.all(closing.map(close => close())))
  const connected = async <Client extends RdkafkaClient>(client: Client): Promise<Client> => {
    await called(done => client.connect(null, done))
    closing.push(() => called(done => client.disconnect(done)))
    return client
  }
  const config = (more: Config = {}): Config => ({
    'metadata.broker.list': kafka.brokers.join(','),
    'client.id': 'test-client',
    ...more,
  })
  return async (client, test) => {
    const module = (await nativeModule(client, test)) as RdkafkaModule | undefined
    if (module === undefined) return undefined
    return {
      module,
      config,
      producer: (more, options = {}, kind = 'Producer') => {
        const producer = new module[kind](config(more))
        return connected(options === 'untraced' ? producer : traceRdkafka(producer, options))
      },
      async consumer(topic, options = {}, partitions = [0]) {
        const consumer = new module.KafkaConsumer(
          config({
            'group.id': `group-${randomUUID()}`,
            'enable.auto.commit': false,
            'fetch.wait.max.ms': 50,
          }),
          { 'auto.offset.reset': 'earliest' },
        )
        await connected(options === 'untraced' ? consumer : traceRdkafka(consumer, options))
        consumer.assign(partitions.map(partition => ({ topic, partition, offset: 0 })))
        return consumer
      },
    }
  }
}

/** The result of a function that calls back. */
export function called<Result = unknown>(call: (done: Done) => unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error) reject(error)
      else resolve(result as Result)
    })
  })
}

/** Delivery reports of a producer, as they come: the error, the report, and what `seen` gives when it comes. */
export function reportsOf<Seen>(producer: RdkafkaProducer, seen: () => Seen) {
  const reports: {
    readonly error: unknown
    readonly report: Readonly<Record<string, unknown>>
    readonly seen: Seen
  }[] = []
  producer.on('delivery-report', (error, report) => reports.push({ error, report, seen: seen() }))
  producer.setPollInterval(10)
  return reports
}
