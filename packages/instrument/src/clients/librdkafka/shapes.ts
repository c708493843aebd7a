import type { EventEmitter } from 'node:events'
import type { MessageHeaders } from '../../headers.ts'

// What is read of the objects of node-rdkafka and of the API of @confluentinc/kafka-javascript that comes from it.
// The clients' own types stay those of the application: neither is a dependency, and a version whose private parts
// differ gives fewer attributes, never an error.

/** What the brokers said about themselves when the client connected. */
export interface Metadata {
  readonly brokers?: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly topics?: readonly {
    readonly name: string
    readonly partitions: readonly { readonly id: number; readonly leader: number }[]
  }[]
}

/** What producers and consumers have in common. */
export interface Client extends EventEmitter {
  /** librdkafka's configuration, by its own names. */
  readonly globalConfig?: Readonly<Record<string, unknown>>
  readonly _metadata?: Metadata
}

export type Produce = (
  this: Producer,
  topic: unknown,
  partition: unknown,
  value: unknown,
  key: unknown,
  timestamp: unknown,
  opaque: unknown,
  headers: unknown,
) => unknown

export interface Producer extends Client {
  readonly produce: Produce
  readonly defaultPartition?: unknown
  /** The callbacks that librdkafka is given; that for delivery reports only where they were asked for. */
  readonly _cb_configs?: { readonly event?: { readonly delivery_cb?: unknown } }
}

export interface DeliveryReport {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  opaque?: unknown
}

export interface ConsumedMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key?: unknown
  readonly value?: unknown
  readonly timestamp?: number
  readonly headers?: MessageHeaders
}

/** The addon's object, which fetches. Its `consume` ends with a callback. */
export interface NativeConsumer {
  consume(...args: unknown[]): unknown
}

export interface TopicPartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset?: number | string
}

export interface Consumer extends Client {
  readonly consume: (this: Consumer, ...args: unknown[]) => unknown
  readonly _client?: NativeConsumer
  assignments(): readonly TopicPartitionOffset[]
  subscription(): readonly string[]
  getWatermarkOffsets(topic: string, partition: number): { readonly highOffset?: number }
}

export function isConsumedMessage(value: unknown): value is ConsumedMessage {
  if (typeof value !== 'object' || value === null) return false
  const { topic, partition, offset } = value as Partial<ConsumedMessage>
  return typeof topic === 'string' && typeof partition === 'number' && typeof offset === 'number'
}
