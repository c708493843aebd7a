import type { MessageHeaders } from '../../headers.ts'

// What is read of @cloudamqp/amqp-client's objects. The client's own types stay those of the application: it is no
// dependency, and a version whose private parts differ gives fewer attributes, never an error.

export interface Properties {
  readonly headers?: MessageHeaders | null
  readonly messageId?: unknown
  readonly correlationId?: unknown
  readonly timestamp?: unknown
}

/** An AMQPMessage. Its `ack`, `nack` and `reject` call those of its channel. */
export interface DeliveredMessage {
  readonly exchange: string
  readonly routingKey: string
  readonly properties?: Properties
  readonly body: unknown
  readonly deliveryTag: number
  readonly redelivered?: boolean
}

export type Handler = (this: unknown, message: DeliveredMessage) => unknown

export interface ConsumeParams {
  /** The client's default is true. */
  readonly noAck?: unknown
}

export interface QueueParams {
  readonly exclusive?: unknown
  readonly autoDelete?: unknown
}

/** An AMQPConsumer; one that was made without a handler has messages. */
export interface Consumer {
  readonly messages?: AsyncGenerator<DeliveredMessage>
}

/** An AMQPChannel. */
export interface Channel {
  readonly connection?: Client
  basicPublish(
    exchange: string,
    routingKey: string,
    data: unknown,
    properties?: Properties,
    ...rest: unknown[]
  ): Promise<unknown>
  basicConsume(queue: string, params?: ConsumeParams, handler?: Handler): Promise<Consumer>
  basicGet(queue: string, params?: ConsumeParams): Promise<unknown>
  basicAck(deliveryTag: number, multiple?: boolean): Promise<void>
  basicNack(deliveryTag: number, requeue?: boolean, multiple?: boolean): Promise<void>
  basicReject(deliveryTag: number, requeue?: boolean): Promise<void>
  basicRecover(requeue?: boolean): Promise<void>
  queueDeclare(name?: string, params?: QueueParams, ...rest: unknown[]): Promise<unknown>
  setClosed(error?: unknown): void
}

/** An AMQPClient or AMQPWebSocketClient. */
export interface Client {
  readonly socket?: unknown
  /** What the application calls the connection. */
  readonly name?: unknown
  readonly channels?: readonly (Channel | undefined)[]
  channel(id?: number): Promise<Channel>
}

/** An AMQPSession, from 4.0 on. */
export interface Session {
  readonly client: Client
  queue(...args: unknown[]): Promise<SessionQueue>
}

/** The AMQPQueue of a session, from 4.0 on. Before, queues call their channel and do nothing else. */
export interface SessionQueue {
  readonly name: string
  subscribe(params?: object | Handler, handler?: Handler): Promise<unknown>
  consumeOne(options?: object): Promise<unknown>
}
