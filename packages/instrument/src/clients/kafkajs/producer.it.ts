import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Message } from 'kafkajs'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()
const tracer = trace.getTracer('test')

beforeEach(() => spans.clear())

/** What an uninstrumented consumer finds on a topic, headers as texts. */
async function read(topic: string, count: number): Promise<readonly Record<string, string>[]> {
  const found: Record<string, string>[] = []
  const consumer = await kafka.consume(
    [topic],
    {
      async eachMessage({ message }) {
        found.push(
          Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
          ),
        )
      },
    },
    { tracing: 'untraced' },
  )
  await until(`${count} messages on ${topic}`, () => found.length >= count)
  await consumer.disconnect()
  return found
}

test('a send has a PRODUCER span with what the conventions ask for, completed from the answer', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const [answer] = await producer.send({ topic, messages: [{ key: 'k1', value: 'v' }] })
  const span = spans.one(`send ${topic}`)
  assert.equal(span.kind, SpanKind.PRODUCER)
  assert.equal(span.status.code, SpanStatusCode.UNSET)
  const [host, port] = String(kafka.brokers[0]).split(':')
  const { 'messaging.kafka.cluster.id': clusterId, ...attributes } = span.attributes
  assert.equal(typeof clusterId, 'string')
  assert.deepEqual(attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.client.id': 'test-client',
    'messaging.kafka.message.key': 'k1',
    'messaging.destination.partition.id': '0',
    'messaging.kafka.offset': 0,
    'server.address': host,
    'server.port': Number(port),
  })
  assert.equal(answer?.baseOffset, '0')
})

test('the span is a child of the active one, and its context and the baggage are on the wire', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const parent = tracer.startSpan('request')
  const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
  await context.with(propagation.setBaggage(trace.setSpan(context.active(), parent), baggage), () =>
    producer.send({ topic, messages: [{ value: 'v', headers: { own: 'kept' } }] }),
  )
  const span = spans.one(`send ${topic}`)
  assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId)
  const [headers] = await read(topic, 1)
  const { traceId, spanId } = span.spanContext()
  assert.deepEqual(headers, { own: 'kept', baggage: 'tenant=a', traceparent: `00-${traceId}-${spanId}-01` })
})

test('objects of the caller are only read: frozen ones are sent with a context, shared headers stay apart', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const shared = Object.freeze({ app: 'shop' })
  const messages = Object.freeze([
    Object.freeze({ value: '1', headers: shared }),
    Object.freeze({ value: '2', headers: shared }),
    Object.freeze({ value: '3' }),
  ])
  const record = Object.freeze({ topic, messages: messages as unknown as Message[] })
  await producer.send(record)
  await producer.send(record)
  assert.deepEqual(Object.keys(shared), ['app'])
  assert.deepEqual(Object.keys(messages[2] ?? {}), ['value'])
  const parents = (await read(topic, 6)).map(headers => headers['traceparent'])
  assert.equal(new Set(parents).size, 6)
  const sent = spans
    .named(`send ${topic}`)
    .map(span => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`)
  assert.deepEqual(new Set(parents), new Set(sent))
})

test('a stale context in the headers is replaced, its trace state dropped, and that of another trace linked', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const parent = tracer.startSpan('handler')
  const stale = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  await context.with(trace.setSpan(context.active(), parent), () =>
    producer.send({
      topic,
      messages: [
        { value: 'v', headers: { traceparent: ['old', stale], tracestate: 'x=1', baggage: 'mine=1' } },
      ],
    }),
  )
  const span = spans.one(`send ${topic}`)
  assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId)
  assert.deepEqual(
    span.links.map(link => link.context.traceId),
    ['a'.repeat(32)],
  )
  const [headers] = await read(topic, 1)
  assert.deepEqual(headers, {
    baggage: 'mine=1',
    traceparent: `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`,
  })
})

test('without an active span, the context that a forwarded message carries is the parent', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const carried = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`
  await producer.send({ topic, messages: [{ value: 'v', headers: { traceparent: Buffer.from(carried) } }] })
  const span = spans.one(`send ${topic}`)
  assert.equal(span.spanContext().traceId, 'c'.repeat(32))
  assert.equal(span.parentSpanContext?.spanId, 'd'.repeat(16))
})

test('each message of a send over several partitions gets its own partition and offset', async () => {
  const topic = await kafka.topic(3)
  const producer = await kafka.producer()
  const messages = Array.from({ length: 30 }, (_, i) => ({ key: `key-${i % 7}`, value: String(i) }))
  await producer.send({ topic, messages })
  await producer.send({ topic, messages })
  const coordinates = new Map<string, string>()
  const consumer = await kafka.consume(
    [topic],
    {
      async eachMessage({ partition, message }) {
        coordinates.set(
          String(message.headers?.['traceparent']).slice(36, 52),
          `${partition}@${message.offset}`,
        )
      },
    },
    { tracing: 'untraced' },
  )
  await until('60 messages', () => coordinates.size === 60)
  await consumer.disconnect()
  for (const span of spans.named(`send ${topic}`)) {
    const said = `${span.attributes['messaging.destination.partition.id']}@${span.attributes['messaging.kafka.offset']}`
    assert.equal(said, coordinates.get(span.spanContext().spanId))
  }
})

test('a partitioner of the application is given the message as the application made it', async () => {
  class Order {
    readonly value = 'v'
    #shard: number
    constructor(shard: number) {
      this.#shard = shard
    }
    get shard(): number {
      return this.#shard
    }
  }
  const topic = await kafka.topic(3)
  const createPartitioner = () => (asked: object) => (asked as { message: Order }).message.shard
  const producer = await kafka.producer({}, { createPartitioner: createPartitioner as never })
  await producer.send({ topic, messages: [new Order(2), new Order(0), new Order(2)] as Message[] })
  assert.deepEqual(
    spans
      .named(`send ${topic}`)
      .map(span => [
        span.attributes['messaging.destination.partition.id'],
        span.attributes['messaging.kafka.offset'],
      ]),
    [
      ['2', 0],
      ['0', 0],
      ['2', 1],
    ],
  )
})

test('a record whose class says its topic is sent, and one that cannot be read is refused by the client', async () => {
  const topic = await kafka.topic()
  class Record {
    readonly #topic = topic
    get topic(): string {
      return this.#topic
    }
    get messages(): Message[] {
      return [{ value: 'v' }]
    }
  }
  const producer = await kafka.producer()
  await producer.send(new Record())
  await producer.sendBatch({ topicMessages: [new Record()] })
  assert.equal(spans.named(`send ${topic}`).length, 2)
  const unreadable = new Proxy(
    { topic, messages: [] },
    {
      get() {
        throw new Error('not yours')
      },
    },
  )
  // A promise, not an exception, as without us.
  await assert.rejects(producer.send(unreadable), /not yours/)
  await assert.rejects(producer.sendBatch(unreadable as never), /not yours/)
})

test('sendBatch: a span each, over topics, a topic named twice, and partitions given', async () => {
  const [a, b] = [await kafka.topic(2), await kafka.topic()]
  const producer = await kafka.producer()
  await producer.sendBatch({
    topicMessages: [
      {
        topic: a,
        messages: [
          { value: '0', partition: 1 },
          { value: '1', partition: 0 },
        ],
      },
      { topic: b, messages: [{ value: '2' }] },
      { topic: a, messages: [{ value: '3', partition: 1 }] },
    ],
  })
  const said = spans
    .all()
    .map(
      ({ attributes }) =>
        `${attributes['messaging.destination.partition.id']}@${attributes['messaging.kafka.offset']}`,
    )
  assert.deepEqual(said, ['1@0', '0@0', '1@1', '0@0'])
})

test('within a transaction too', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer(
    {},
    { transactionalId: `tx-${topic}`, maxInFlightRequests: 1, idempotent: true },
  )
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: [{ value: '1' }] })
  await transaction.sendBatch({ topicMessages: [{ topic, messages: [{ value: '2' }] }] })
  assert.equal(transaction.isActive(), true)
  await transaction.commit()
  assert.equal(transaction.isActive(), false)
  assert.deepEqual(
    spans.named(`send ${topic}`).map(span => span.attributes['messaging.kafka.offset']),
    [0, 1],
  )
  const parents = (await read(topic, 2)).map(headers => headers['traceparent']?.slice(36, 52))
  assert.deepEqual(
    parents,
    spans.named(`send ${topic}`).map(span => span.spanContext().spanId),
  )
})

test('offsets that a transaction commits have a settle span of their topic and group', async () => {
  const topic = await kafka.topic()
  const transactionalId = `tx-${topic}`
  const producer = await kafka.producer({}, { transactionalId, maxInFlightRequests: 1, idempotent: true })
  const transaction = await producer.transaction()
  const work = tracer.startSpan('work')
  await context.with(trace.setSpan(context.active(), work), () =>
    transaction.sendOffsets({
      consumerGroupId: `group-${topic}`,
      topics: [{ topic, partitions: [{ partition: 0, offset: '5' }] }],
    }),
  )
  await transaction.commit()
  const span = spans.one(`commit ${topic}`)
  assert.equal(span.kind, SpanKind.CLIENT)
  assert.equal(span.parentSpanContext?.spanId, work.spanContext().spanId)
  const { attributes } = span
  assert.deepEqual(
    ['messaging.operation.type', 'messaging.consumer.group.name', 'messaging.kafka.offset'].map(
      name => attributes[name],
    ),
    ['settle', `group-${topic}`, 4],
  )
  const aborted = await producer.transaction()
  await assert.rejects(aborted.sendOffsets(undefined as never), TypeError)
  await aborted.abort()
})

test('bulk: a send of many has one span, whose context all of them carry', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer({ sends: 'bulk' })
  await producer.send({ topic, messages: ['1', '2', '3'].map(value => ({ value })) })
  await producer.send({ topic, messages: [{ value: '4' }] })
  const [many, single] = spans.named(`send ${topic}`)
  assert.equal(spans.all().length, 2)
  assert.equal(many?.attributes['messaging.batch.message_count'], 3)
  assert.equal(many?.attributes['messaging.destination.partition.id'], '0')
  assert.equal(many?.attributes['messaging.kafka.offset'], undefined)
  assert.equal(single?.attributes['messaging.kafka.offset'], 3)
  const parents = (await read(topic, 4)).map(headers => headers['traceparent']?.slice(36, 52))
  const [one, other] = [many?.spanContext().spanId, single?.spanContext().spanId]
  assert.deepEqual(parents, [one, one, one, other])
})

test('a tombstone, a binary key, no key, and acks 0', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  await producer.send({ topic, messages: [{ key: Buffer.from([0xff, 0xfe]), value: null }] })
  await producer.send({ topic, acks: 0, messages: [{ key: null, value: '' }] })
  const [tombstone, unacknowledged] = spans.named(`send ${topic}`)
  assert.equal(tombstone?.attributes['messaging.kafka.message.tombstone'], true)
  assert.equal(tombstone?.attributes['messaging.kafka.message.key'], undefined)
  assert.equal(unacknowledged?.attributes['messaging.kafka.message.tombstone'], undefined)
  assert.equal(unacknowledged?.attributes['messaging.kafka.offset'], undefined)
})

test('a failed send rejects as without us, and marks the span of every message, with one event', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const parent = tracer.startSpan('request')
  const record = { topic, acks: 7, messages: [{ value: '1' }, { value: '2' }] }
  const error = await context.with(trace.setSpan(context.active(), parent), () =>
    producer.send(record).then(
      () => assert.fail(),
      (reason: Error) => reason,
    ),
  )
  assert.equal(error.name, 'KafkaJSProtocolError')
  const failed = spans.named(`send ${topic}`)
  assert.deepEqual(
    failed.map(({ status, events, attributes }) => [status.code, events.length, attributes['error.type']]),
    [
      [SpanStatusCode.ERROR, 1, 'INVALID_REQUIRED_ACKS'],
      [SpanStatusCode.ERROR, 0, 'INVALID_REQUIRED_ACKS'],
    ],
  )
})

test('what the client rejects is rejected by the client', async () => {
  const producer = await kafka.producer()
  const wrong = [{ topic: 't' }, { topic: 't', messages: [null] }, { messages: [{ value: 'v' }] }, undefined]
  for (const record of wrong) {
    const own = await (await kafka.producer('untraced')).send(record as never).catch((error: Error) => error)
    const traced = await producer.send(record as never).catch((error: Error) => error)
    assert.ok(own instanceof Error && traced instanceof Error)
    assert.equal(traced.message, own.message)
  }
})

test('traceKafka leaves the client as it was, and traces once however often it is called', async () => {
  const { traceKafka } = await import('../../index.ts')
  const topic = await kafka.topic()
  const client = kafka.client()
  const traced = traceKafka(traceKafka(client), { rules: [{ name: 'once' }] })
  for (const each of [client, traced]) {
    const producer = each.producer()
    await producer.connect()
    await producer.send({ topic, messages: [{ value: 'v' }] })
    await producer.disconnect()
  }
  assert.deepEqual(
    spans.all().map(span => span.name),
    ['once'],
  )
})

test('rules: skipped topics carry the context on, templates name families of topics', async () => {
  const topic = await kafka.topic()
  const skipping = await kafka.producer({
    rules: [{ destination: 'topic-*', operation: 'send', skip: true }],
  })
  const naming = await kafka.producer({ rules: [{ destination: topic, template: 'topic-{id}' }] })
  const parent = tracer.startSpan('request')
  await context.with(trace.setSpan(context.active(), parent), async () => {
    await skipping.send({ topic, messages: [{ value: 'v' }] })
    await naming.send({ topic, messages: [{ value: 'v' }] })
  })
  const span = spans.one('send topic-{id}')
  assert.equal(span.attributes['messaging.destination.template'], 'topic-{id}')
  assert.equal(span.attributes['messaging.destination.name'], topic)
  const parents = (await read(topic, 2)).map(headers => headers['traceparent']?.slice(36, 52))
  assert.deepEqual(parents, [parent.spanContext().spanId, span.spanContext().spanId])
})
