/** A RabbitMQ that answers. */
export interface RabbitmqBroker {
  /** `amqp://user:password@host:port`. */
  readonly url: string
  /** Where it comes from. */
  readonly kind: 'existing' | 'docker' | 'local'
  /** Ends what was started and removes its data; an existing broker is left alone. */
  stop(): Promise<void>
}

export interface RabbitmqOptions {
  /** The broker's port on 127.0.0.1; a free one when not given. */
  readonly port?: number
  /** Told what takes time, such as a download. */
  readonly onProgress?: (line: string) => void
}
