/*
 * kafkajs without a broker: the parts of its objects that instrumentations wrap and read, around functions that do
 * nothing. What is measured through it is the instrumentation alone.
 */

export interface OutgoingMessage {
  readonly key: string
  readonly value: string
  readonly headers: Record<string, string>
}

export interface IncomingMessage {
  readonly key: Buffer
  readonly value: Buffer
  readonly offset: string
  readonly timestamp: string
  readonly headers: Record<string, Buffer>
}

export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly highWatermark: string
  readonly messages: readonly IncomingMessage[]
}

export interface BatchPayload {
  readonly batch: Batch
  resolveOffset(offset: string): void
}

export interface MessagePayload {
  readonly topic: string
  readonly partition: number
  readonly message: IncomingMessage
}

export interface RunConfig {
  eachMessage?(payload: MessagePayload): Promise<void>
  eachBatch?(payload: BatchPayload): Promise<void>
}

export interface StubProducer {
  send(record: {
    readonly topic: string
    readonly messages: readonly OutgoingMessage[]
  }): Promise<readonly object[]>
  sendBatch(batch: object): Promise<readonly object[]>
  transaction(): Promise<object>
}

export interface StubConsumer {
  run(config: RunConfig): Promise<void>
}

/** What kafkajs knows of a broker once it is connected. */
const cluster = {
  brokerPool: {
    metadata: {
      clusterId: 'AAAAAAAAAAAAAAAAAAAAAA',
      brokers: [{ nodeId: 1, host: 'localhost', port: 9092 }],
      topicMetadata: [{ topic: 'orders', partitionMetadata: [{ partitionId: 0, leader: 1 }] }],
    },
    seedBroker: { connectionPool: { clientId: 'shop' } },
  },
}

const answer = [{ topicName: 'orders', partition: 0, errorCode: 0, baseOffset: '4711' }]
const createCluster = Symbol('private:Kafka:createCluster')

/** `kafkajs/src/producer` and `kafkajs/src/consumer`: functions that an instrumentation may replace. */
export const factories = {
  producer(_: object): StubProducer {
    return {
      send: async () => answer,
      sendBatch: async () => answer,
      transaction: async () => ({}),
    }
  },
  consumer(_: object): StubConsumer {
    return {
      async run(config) {
        Object.assign(handlers, config)
      },
    }
  },
}

/** What the last consumer was run with: call these as kafkajs would. */
export const handlers: RunConfig = {}

/** The class of kafkajs's main module. */
export class Kafka {
  [createCluster] = (): object => cluster

  producer(): StubProducer {
    return factories.producer({ cluster: this[createCluster]() })
  }

  consumer(_: { readonly groupId: string }): StubConsumer {
    return factories.consumer({ cluster: this[createCluster]() })
  }
}
