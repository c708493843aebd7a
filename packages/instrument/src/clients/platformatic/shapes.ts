import type { HeaderRecord } from '../../headers.ts'

// What is read of @platformatic/kafka's objects. The client's own types stay those of the application: it is no
// dependency, and a version whose private parts differ gives fewer attributes, never an error.

export type Callback = (error: unknown, result?: unknown) => void

export interface ProducedMessage {
  readonly topic: string
  readonly key?: unknown
  readonly value?: unknown
  readonly partition?: number
  readonly headers?: HeaderRecord | ReadonlyMap<unknown, unknown> | null
}

export type Partitioner = (...input: readonly unknown[]) => number

export interface SendOptions {
  readonly messages: readonly ProducedMessage[]
  readonly partitioner?: Partitioner
}

/** One entry a partition, in the answer to a send; there is none with acks 0. */
export interface ProducedOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

export type Send = (options: SendOptions, callback?: Callback) => unknown

export interface Metadata {
  readonly id?: string
  readonly brokers: ReadonlyMap<number, { readonly host: string; readonly port: number }>
  readonly topics: ReadonlyMap<
    string,
    {
      readonly id: string
      readonly partitions: readonly { readonly leader: number }[]
      readonly partitionsCount: number
    }
  >
}

/** What producers and consumers have in common. `currentMetadata` came with later versions of 1.x. */
export interface Client {
  readonly clientId?: string
  readonly currentMetadata?: Metadata
}

export interface Producer extends Client {
  readonly send: Send
  readonly initIdempotentProducer: unknown
}

export interface Consumer extends Client {
  readonly groupId?: string
  readonly consume: unknown
  readonly joinGroup: unknown
}

export type Serializer = (data: unknown) => unknown

/** The options of a producer, as its base class keeps them. */
export interface ProducerOptions {
  readonly partitioner?: Partitioner
  readonly registry?: object
  readonly serializers?: {
    readonly key?: Serializer
    readonly headerKey?: Serializer
    readonly headerValue?: Serializer
  }
}

/** A record as the broker gave it. */
export interface RawRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly (readonly [Uint8Array | null, Uint8Array | null])[]
}

export type Commit = (callback?: Callback) => unknown

/** A message as it comes out of a stream. */
export interface ConsumedMessage {
  readonly key: unknown
  readonly value: unknown
  readonly headers: ReadonlyMap<unknown, unknown>
  readonly topic: string
  readonly partition: number
  readonly timestamp: bigint
  readonly offset: bigint
  commit: Commit
}

export interface FetchResponse {
  readonly responses: readonly {
    readonly topicId: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly highWatermark: bigint
      readonly records?: readonly unknown[] | null
    }[]
  }[]
}

export interface CommitOptions {
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[]
}
