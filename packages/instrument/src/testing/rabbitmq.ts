import { randomUUID } from 'node:crypto'
import { after, before } from 'node:test'
import { startRabbitmq } from '@waybill/brokers'
import type { ConfirmChannel, GetMessage, Options } from 'amqplib'
import { connect } from 'amqplib'
import { until } from './until.ts'

/** A real RabbitMQ for one test file; what is made through it is removed at the end. */
export interface TestRabbitmq {
  /** `amqp://user:password@host:port` */
  readonly url: string
  /** Declares a queue of a name of its own. */
  queue(options?: Options.AssertQueue): Promise<string>
  /** Declares an exchange of a name of its own. */
  exchange(type: string): Promise<string>
  bind(queue: string, exchange: string, routingKey: string): Promise<void>
  /** Publishes as a client without tracing does. */
  send(exchange: string, routingKey: string, content: string, options?: Options.Publish): Promise<void>
  /** Takes the next message from a queue and acknowledges it: what is on the wire, as a client without tracing reads it. */
  take(queue: string): Promise<GetMessage>
  /** Messages that are ready in a queue, which those that are delivered but not acknowledged are not. */
  ready(queue: string): Promise<number>
  /** Removes a queue now. */
  remove(queue: string): Promise<void>
  /** Closes a client after the tests, before what it uses is removed. */
  atEnd(close: () => unknown): void
}

/** Starts RabbitMQ before the tests of the calling file, and ends it after them. */
export function testRabbitmq(): TestRabbitmq {
  let url = ''
  let channel: ConfirmChannel | undefined
  const closing: (() => unknown)[] = []

  before(async () => {
    const broker = await startRabbitmq()
    url = broker.url
    closing.push(() => broker.stop())
    const connection = await connect(url)
    closing.push(() => connection.close())
    channel = await connection.createConfirmChannel()
  })
  after(async () => {
    for (const close of closing.reverse()) await close()
  })

  const untraced = (): ConfirmChannel => {
    if (channel === undefined) throw new Error('RabbitMQ is there within tests only')
    return channel
  }
  return {
    get url() {
      return url
    },
    async queue(options = {}) {
      const { queue } = await untraced().assertQueue(`queue-${randomUUID()}`, options)
      closing.push(() => untraced().deleteQueue(queue))
      return queue
    },
    async exchange(type) {
      const { exchange } = await untraced().assertExchange(`exchange-${randomUUID()}`, type)
      closing.push(() => untraced().deleteExchange(exchange))
      return exchange
    },
    async bind(queue, exchange, routingKey) {
      await untraced().bindQueue(queue, exchange, routingKey)
    },
    send: (exchange, routingKey, content, options = {}) =>
      new Promise((resolve, reject) => {
        untraced().publish(exchange, routingKey, Buffer.from(content), options, error =>
          error === null ? resolve() : reject(error),
        )
      }),
    take: queue => until(`a message in ${queue}`, () => untraced().get(queue, { noAck: true })),
    async ready(queue) {
      return (await untraced().checkQueue(queue)).messageCount
    },
    async remove(queue) {
      await untraced().deleteQueue(queue)
    },
    atEnd(close) {
      closing.push(close)
    },
  }
}
