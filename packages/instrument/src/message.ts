import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { MessageHeaders } from './headers.ts'

/**
 * What an adapter says of one message, whichever client it is from. What the client does not know stays absent.
 * One object literal a message, with the same fields in the same order, is what costs least.
 */
export interface Message {
  /** In the client's own shape; only read. */
  readonly headers: MessageHeaders | null | undefined
  /**
   * The client's own object, where it has one: by it the application asks for the message's context. Not for
   * messages to be sent.
   */
  readonly original?: object
  /** Kafka's key: text, bytes or nothing. */
  readonly key?: unknown
  /** The body as the client has it. In Kafka, `null` is a tombstone. */
  readonly value?: unknown
  /** A Kafka offset: decimal text, number or bigint. */
  readonly offset?: unknown
  /** Kafka: the offset that the partition's next message will have, as the client last heard. */
  readonly highWatermark?: unknown
  /** When it was produced, milliseconds since 1970: decimal text, number or bigint. */
  readonly timestampMs?: unknown
  /** AMQP's message-id. */
  readonly messageId?: unknown
  /** AMQP's correlation-id. */
  readonly conversationId?: unknown
  readonly deliveryTag?: unknown
  /** Whether the broker says that it was delivered before. */
  readonly isRedelivered?: boolean
  /** Its place in its batch, from 0. */
  readonly position?: number
}

/** Takes attributes one by one: a span, or {@link collectInto}. */
export interface AttributeSink {
  setAttribute(name: string, value: AttributeValue): unknown
}

/** Takes attributes into an object. */
export function collectInto(attributes: Attributes): AttributeSink {
  return {
    setAttribute(name, value) {
      attributes[name] = value
    },
  }
}

/** A broker's address. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The client and the broker that it speaks with. Adapters give the same object for as long as nothing changes. */
export interface Peer {
  readonly clientId?: string | undefined
  /** Kafka's cluster, which tells apart topics of one name. */
  readonly clusterId?: string | undefined
  /** The broker's name and port: in Kafka the leader of the partition, where the client's metadata tells. */
  readonly server?: Address | undefined
  /** The address of the connection's other end. */
  readonly network?: Address | undefined
}

/**
 * A number as clients give them: a number, a bigint or decimal text. Those that a number cannot hold exactly are
 * left out, as are the negative ones, which stand for "unknown".
 */
export function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string' && typeof value !== 'bigint') return undefined
  if (value === '') return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}
