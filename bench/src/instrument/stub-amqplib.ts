import { EventEmitter } from 'node:events'

/*
 * amqplib without a broker: the parts of its objects that instrumentations wrap and read, around functions that do
 * nothing. What is measured through it is the instrumentation alone.
 */

export interface DeliveredMessage {
  readonly content: Buffer
  readonly fields: {
    readonly consumerTag: string
    readonly deliveryTag: number
    readonly redelivered: boolean
    readonly exchange: string
    readonly routingKey: string
  }
  readonly properties: { readonly headers: Record<string, unknown> }
}

export type Handler = (message: DeliveredMessage) => void

/** A connection's inner object, as an open one is. */
export interface StubConnection {
  readonly serverProperties: { readonly product: string }
  readonly stream: { readonly _host: string; readonly remoteAddress: string; readonly remotePort: number }
}

/** amqplib's `lib/connect.js`. */
export const connectModule = {
  connect(_url: string, _options: object, done: (error: null, connection: StubConnection) => void): void {
    done(null, {
      serverProperties: { product: 'RabbitMQ' },
      stream: { _host: 'localhost', remoteAddress: '127.0.0.1', remotePort: 5672 },
    })
  },
}

/** amqplib's class; `handler` is what the last consumer was registered with. */
export class Channel extends EventEmitter {
  readonly connection: StubConnection
  handler: Handler = () => {}

  constructor(connection: StubConnection) {
    super()
    this.connection = connection
  }

  publish(_exchange: string, _routingKey: string, _content: Buffer, _options: object): boolean {
    return true
  }

  consume(_queue: string, handler: Handler): void {
    this.handler = handler
  }

  ack(_message: DeliveredMessage): void {}
  nack(): void {}
  reject(): void {}
  ackAll(): void {}
  nackAll(): void {}
}

/** amqplib's class of the same name. */
export class ConfirmChannel extends Channel {
  override publish(exchange: string, routingKey: string, content: Buffer, options: object): boolean {
    return super.publish(exchange, routingKey, content, options)
  }
}
