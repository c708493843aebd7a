import type { HeaderRecord } from '../../headers.ts'

// What is read of kafkajs's objects. The client's own types stay those of the application: kafkajs is no
// dependency, and a version whose private parts differ gives fewer attributes, never an error.

export interface ProducedMessage {
  readonly key?: unknown
  readonly value: unknown
  readonly partition?: number
  readonly timestamp?: string
  readonly headers?: HeaderRecord
}

export interface TopicMessages {
  readonly topic: string
  readonly messages: readonly ProducedMessage[]
}

/** One entry a partition, in the answer to a send. */
export interface RecordMetadata {
  readonly topicName?: string
  readonly partition?: number
  readonly baseOffset?: string
}

export type Send = (record: TopicMessages) => Promise<readonly RecordMetadata[]>
export type SendBatch = (batch: {
  readonly topicMessages?: readonly TopicMessages[]
}) => Promise<readonly RecordMetadata[]>

/** What a producer and a transaction have in common. */
export interface Sender {
  readonly send: Send
  readonly sendBatch: SendBatch
}

export interface Producer extends Sender {
  readonly transaction: () => Promise<Transaction>
}

export type PartitionerFactory = () => (input: { readonly message: object }) => number

export interface ProducerConfig {
  readonly createPartitioner?: PartitionerFactory
}

export interface ConsumedMessage {
  readonly key?: unknown
  readonly value: unknown
  readonly offset: string
  readonly timestamp?: string
  readonly headers?: HeaderRecord
}

export interface EachMessagePayload {
  readonly topic: string
  readonly partition: number
  readonly message: ConsumedMessage
}

export interface EachBatchPayload {
  readonly batch: {
    readonly topic: string
    readonly partition: number
    readonly messages: readonly ConsumedMessage[]
    readonly highWatermark?: string
  }
  readonly resolveOffset: (offset: string, ...more: readonly unknown[]) => void
}

export interface RunConfig {
  readonly eachMessage?: (payload: EachMessagePayload) => unknown
  readonly eachBatch?: (payload: EachBatchPayload) => unknown
}

export interface TopicPartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}

export type CommitOffsets = (offsets: readonly TopicPartitionOffset[]) => Promise<void>

/** What a transaction is to commit of a consumer's offsets. */
export interface TransactionOffsets {
  readonly consumerGroupId?: string
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
  }[]
}

export type SendOffsets = (offsets: TransactionOffsets) => Promise<void>

export interface Transaction extends Sender {
  readonly sendOffsets?: SendOffsets
}

export interface Consumer {
  readonly commitOffsets?: CommitOffsets
  readonly run: (config?: RunConfig) => Promise<void>
}

export interface ConsumerConfig {
  readonly groupId?: string
}

/** The `Kafka` class's instances, as far as they concern us. */
export interface KafkaClient {
  producer(config?: ProducerConfig): Producer
  consumer(config?: ConsumerConfig): Consumer
}
