import type { MessageHeaders } from '../../headers.ts'

// What is read of rabbitmq-client's objects. The client's own types stay those of the application: it is no
// dependency, and a version whose private parts differ gives fewer attributes, never an error.

export interface Envelope {
  readonly exchange?: unknown
  readonly routingKey?: unknown
  readonly headers?: MessageHeaders | null
  readonly messageId?: unknown
  readonly correlationId?: unknown
}

/** What a queue delivers, or `basicGet` brings: its body is decoded already. */
export interface DeliveredMessage extends Envelope {
  readonly body: unknown
  readonly deliveryTag: number
  readonly redelivered?: boolean
  readonly timestamp?: unknown
}

export type Handler = (this: unknown, message: DeliveredMessage, ...rest: unknown[]) => unknown

export interface ConsumeParams {
  readonly queue?: unknown
  readonly noAck?: unknown
}

export interface SettleParams {
  readonly deliveryTag?: unknown
  readonly multiple?: unknown
  readonly requeue?: unknown
}

export interface DeclareParams {
  readonly queue?: unknown
  readonly exclusive?: unknown
  readonly autoDelete?: unknown
}

export interface Channel {
  readonly _conn?: Connection
  basicPublish(envelope: string | Envelope, body: unknown): Promise<void>
  basicConsume(params: ConsumeParams, handler: Handler): Promise<unknown>
  basicGet(params?: string | ConsumeParams): Promise<unknown>
  basicAck(params: SettleParams): void
  basicNack(params: SettleParams): void
  basicRecover(params: unknown): Promise<void>
  queueDeclare(params?: string | DeclareParams): Promise<unknown>
  once(event: 'close', listener: () => void): unknown
}

/** A publisher: `send`, and up to 4.x its alias `publish`. */
export interface Publisher {
  send: Send
  publish?: Send
}

export type Send = (this: unknown, envelope: string | Envelope, body: unknown) => Promise<void>

/** The `Connection` class's instances, as far as they concern us. */
export interface Connection {
  readonly _socket?: unknown
  readonly _opt?: { readonly connectionName?: unknown }
  acquire(options?: unknown): Promise<Channel>
  createConsumer(props: ConsumeParams, handler: Handler): object
  createPublisher(props?: { readonly maxAttempts?: unknown }): Publisher
}
