import type { MessageHeaders } from '../../headers.ts'

/*
 * The parts of amqplib's objects that are used here. They are the same in the promise and in the callback API, and
 * have not changed from 0.5.5 to 2.3.
 */

/** A channel: amqplib's Channel or ConfirmChannel, of either API. */
export interface Channel {
  /** The connection below the one that the application knows. */
  readonly connection: object
  /** Confirm channels only. */
  readonly waitForConfirms?: unknown
  on(event: 'close', listener: () => void): unknown
  on(event: 'return', listener: (message: object) => void): unknown
}

/** What a queue delivers. */
export interface DeliveredMessage {
  readonly content: unknown
  readonly fields: {
    readonly deliveryTag: number
    readonly redelivered: boolean
    readonly exchange: string
    readonly routingKey: string
  }
  readonly properties: {
    readonly headers?: MessageHeaders | null
    readonly messageId?: unknown
    readonly correlationId?: unknown
    readonly timestamp?: unknown
  }
}

/** Calls back with an error or a result, as Node's functions do. */
export type Callback = (this: unknown, error: unknown, ...results: unknown[]) => unknown

export type Handler = (this: unknown, message: DeliveredMessage | null) => unknown

/** Options of a publication; amqplib reads these fields and no others, inherited ones too. */
export interface PublishOptions {
  readonly expiration?: unknown
  readonly userId?: unknown
  readonly CC?: unknown
  readonly BCC?: unknown
  readonly mandatory?: unknown
  readonly persistent?: unknown
  readonly deliveryMode?: unknown
  readonly contentType?: unknown
  readonly contentEncoding?: unknown
  readonly headers?: MessageHeaders | null
  readonly priority?: unknown
  readonly correlationId?: unknown
  readonly replyTo?: unknown
  readonly messageId?: unknown
  readonly timestamp?: unknown
  readonly type?: unknown
  readonly appId?: unknown
}

/** Whether a consumer or `get` was given a message: a consumer that the broker cancels is given `null`. */
export function isDelivered(message: unknown): message is DeliveredMessage {
  if (typeof message !== 'object' || message === null) return false
  const { fields, properties } = message as { fields?: unknown; properties?: unknown }
  return isObject(fields) && isObject(properties)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
