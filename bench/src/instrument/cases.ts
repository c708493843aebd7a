import type { Instrumented } from './setting.ts'
import type { DeliveredMessage } from './stub-amqplib.ts'
import type { IncomingMessage, OutgoingMessage } from './stub-kafkajs.ts'
import { handlers } from './stub-kafkajs.ts'

/** A piece of work that is repeated: what it does to how many messages. */
export interface Work {
  readonly messages: number
  /** Gives a promise where it is not done at once. */
  run(): unknown
}

const topic = 'orders'
const queue = 'orders'
const text = 'x'.repeat(100)
const body = Buffer.from(text)
const key = Buffer.from('customer-4711')
const timestamp = String(Date.now())
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const [source, kind, parent] = ['shop', 'created', traceparent].map(value => Buffer.from(value)) as [
  Buffer,
  Buffer,
  Buffer,
]
const perBatch = 100
const unacknowledged = 10_000
const perExport = 512

let offset = 0

/** As an application makes it: new each time, with two headers. */
function outgoing(): OutgoingMessage {
  return { key: 'customer-4711', value: text, headers: { source: 'shop', kind: 'created' } }
}

/** As kafkajs hands it out: new each time, with a context among its headers. */
function incoming(): IncomingMessage {
  return {
    key,
    value: body,
    offset: String(offset++),
    timestamp,
    headers: { source, kind, traceparent: parent },
  }
}

function delivered(): DeliveredMessage {
  return {
    content: body,
    fields: {
      consumerTag: 'c',
      deliveryTag: ++offset,
      redelivered: false,
      exchange: '',
      routingKey: queue,
    },
    properties: { headers: { source: 'shop', kind: 'created', traceparent } },
  }
}

/** Everything that is measured without a broker. */
export const cases: Readonly<Record<string, (clients: Instrumented) => Promise<Work>>> = {
  async send1(clients) {
    const producer = clients.kafka().producer()
    return { messages: 1, run: () => producer.send({ topic, messages: [outgoing()] }) }
  },
  async send100(clients) {
    const producer = clients.kafka().producer()
    return {
      messages: perBatch,
      run: () => producer.send({ topic, messages: Array.from({ length: perBatch }, outgoing) }),
    }
  },
  async eachMessage(clients) {
    const consumer = clients.kafka().consumer({ groupId: 'billing' })
    await consumer.run({ eachMessage: async () => {} })
    return {
      messages: 1,
      run: () => handlers.eachMessage?.({ topic, partition: 0, message: incoming() }),
    }
  },
  async eachBatch(clients) {
    const consumer = clients.kafka().consumer({ groupId: 'billing' })
    const handle = async (): Promise<void> => {}
    await consumer.run({ eachBatch: ({ batch }) => clients.each(batch.messages, handle) })
    return {
      messages: perBatch,
      run: () =>
        handlers.eachBatch?.({
          batch: {
            topic,
            partition: 0,
            highWatermark: '1000000000',
            messages: Array.from({ length: perBatch }, incoming),
          },
          resolveOffset() {},
        }),
    }
  },
  async publish(clients) {
    const channel = clients.channel(false)
    return {
      messages: 1,
      run() {
        channel.publish('', queue, body, { headers: { source: 'shop', kind: 'created' } })
      },
    }
  },
  consumeAck: clients => consumeAndAck(clients, false),
  /** The same with a span for the acknowledgement. */
  consumeAckSettle: clients => consumeAndAck(clients, true),
  async ackRandom(clients) {
    const channel = clients.channel(false)
    const waiting: DeliveredMessage[] = []
    channel.consume(queue, message => {
      waiting.push(message)
    })
    for (let i = 0; i < unacknowledged; i++) channel.handler(delivered())
    return {
      messages: 1,
      run() {
        const place = Math.floor(Math.random() * unacknowledged)
        const message = waiting[place]
        const last = waiting.pop()
        if (message === undefined || last === undefined) throw new Error('nothing is left to acknowledge')
        if (message !== last) waiting[place] = last
        channel.ack(message)
        channel.handler(delivered())
      },
    }
  },
  async export(clients) {
    const producer = clients.kafka().producer()
    return {
      messages: perExport,
      async run() {
        for (let i = 0; i < perExport; i++) await producer.send({ topic, messages: [outgoing()] })
        await clients.flush()
      },
    }
  },
}

async function consumeAndAck(clients: Instrumented, settles: boolean): Promise<Work> {
  const channel = clients.channel(settles)
  channel.consume(queue, message => channel.ack(message))
  return {
    messages: 1,
    run() {
      channel.handler(delivered())
    },
  }
}
