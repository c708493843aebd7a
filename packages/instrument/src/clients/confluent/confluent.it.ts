import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { after, beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Consumer, EachBatchPayload, EachMessagePayload, Kafka, Message, Producer } from 'kafkajs'
import type { MessagingOptions } from '../../index.ts'
import { processEach, traceKafka } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import type { NativeClient } from '../../testing/native-clients.ts'
import { confluents, nativeModule } from '../../testing/native-clients.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()
const tracer = trace.getTracer('test')
const active = () => trace.getActiveSpan()?.spanContext().spanId

beforeEach(() => spans.clear())

/** Confluent's `Kafka`, which is used like kafkajs's. */
interface ConfluentModule {
  readonly KafkaJS: {
    readonly Kafka: new (config: { kafkaJS: object }) => Kafka
    readonly logLevel: { NOTHING: number }
  }
}

const closing: (() => Promise<unknown>)[] = []
after(() => Promise.all(closing.map(close => close())))

interface TestConfluent {
  readonly kafka: Kafka
  producer(options?: MessagingOptions | 'untraced', config?: object): Promise<Producer>
  consume(topic: string, run: Parameters<Consumer['run']>[0], options?: MessagingOptions): Promise<Consumer>
}

async function using(client: NativeClient, t: TestContext): Promise<TestConfluent | undefined> {
  const module = (await nativeModule(client, t)) as ConfluentModule | undefined
  if (module === undefined) return undefined
  const { Kafka, logLevel } = module.KafkaJS
  const made = new Kafka({
    kafkaJS: { brokers: [...kafka.brokers], clientId: 'test-client', logLevel: logLevel.NOTHING },
  })
  const instrumented = (options: MessagingOptions | 'untraced') =>
    options === 'untraced' ? made : traceKafka(made, options)
  return {
    kafka: made,
    async producer(options = {}, config = {}) {
      const producer = instrumented(options).producer({ kafkaJS: config } as object)
      await producer.connect()
      closing.push(() => producer.disconnect())
      return producer
    },
    async consume(topic, run, options = {}) {
      const consumer = instrumented(options).consumer({
        kafkaJS: { groupId: `group-${randomUUID()}`, fromBeginning: true, autoCommit: false },
      } as never)
      await consumer.connect()
      closing.push(() => consumer.disconnect())
      await consumer.subscribe({ topic })
      await consumer.run(run)
      return consumer
    },
  }
}

/** What a client without tracing finds on a topic: headers as texts. */
async function read(topic: string, count: number): Promise<readonly Record<string, string>[]> {
  const found: Record<string, string>[] = []
  const eachMessage = async ({ message }: EachMessagePayload) => {
    const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])
    found.push(Object.fromEntries(headers))
  }
  const consumer = await kafka.consume([topic], { eachMessage }, { tracing: 'untraced' })
  await until(`${count} messages on ${topic}`, () => found.length >= count)
  await consumer.disconnect()
  return found
}

for (const client of confluents) {
  const titled = (title: string) => `${client.name} ${client.version}: ${title}`

  test(titled('a send has a PRODUCER span, completed from the delivery report of each message'), async t => {
    const confluent = await using(client, t)
    if (confluent === undefined) return
    const topic = await kafka.topic(2)
    const producer = await confluent.producer()
    const request = tracer.startSpan('request')
    const answer = await context.with(trace.setSpan(context.active(), request), () =>
      producer.send({
        topic,
        messages: [0, 1, 1, 0].map((partition, i) => ({ key: 'k', value: String(i), partition })),
      }),
    )
    assert.deepEqual(
      answer.map(({ topicName, baseOffset }) => [topicName, baseOffset]),
      [
        [topic, '0'],
        [topic, '0'],
      ],
    )
    const sent = spans.named(`send ${topic}`)
    const places = sent.map(({ kind, parentSpanContext, attributes }) => [
      kind,
      parentSpanContext?.spanId,
      attributes['messaging.destination.partition.id'],
      attributes['messaging.kafka.offset'],
    ])
    const { spanId } = request.spanContext()
    assert.deepEqual(
      places.sort(),
      ['0', '1'].flatMap(partition => [0, 1].map(offset => [SpanKind.PRODUCER, spanId, partition, offset])),
    )
    const [host, port] = String(kafka.brokers[0]).split(':')
    const attributes = sent[0]?.attributes ?? {}
    assert.equal(attributes['messaging.client.id'], 'test-client')
    assert.deepEqual([attributes['server.address'], attributes['server.port']], [host, Number(port)])
    const parents = (await read(topic, 4)).map(headers => headers['traceparent'])
    assert.deepEqual(
      new Set(parents),
      new Set(sent.map(span => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`)),
    )
  })

  test(
    titled('messages of the caller are only read: a second send of the same ones works, of frozen ones too'),
    async t => {
      const confluent = await using(client, t)
      if (confluent === undefined) return
      const topic = await kafka.topic()
      const message = { value: 'c', headers: { a: '1', b: ['x', Buffer.from('y')] } }
      const plain = await confluent.producer('untraced')
      const changed = { topic: await kafka.topic(), messages: [{ value: 'c', headers: { a: '1' } }] }
      await plain.send(changed)
      await assert.rejects(plain.send(changed), /Header value must be a string or buffer/)
      const producer = await confluent.producer()
      const messages = [
        message,
        Object.freeze({ value: 'f', headers: Object.freeze({ a: '1' }) }),
        { value: null },
      ]
      const before = structuredClone(messages)
      for (let i = 0; i < 2; i++)
        await producer.send(Object.freeze({ topic, messages: Object.freeze(messages) as Message[] }))
      assert.deepEqual(structuredClone(messages), before)
      const found = await read(topic, 6)
      assert.equal(new Set(found.map(headers => headers['traceparent'])).size, 6)
      assert.deepEqual(
        found.map(({ traceparent: _, ...headers }) => headers),
        [0, 1].flatMap(() => [{ a: '1', b: 'x,y' }, { a: '1' }, {}]),
      )
    },
  )

  test(titled('sendBatch, and one span for a call by choice'), async t => {
    const confluent = await using(client, t)
    if (confluent === undefined) return
    const [one, two] = [await kafka.topic(), await kafka.topic()]
    const topicMessages = [
      { topic: one, messages: [{ value: '1' }, { value: '2' }] },
      { topic: two, messages: [{ value: '3' }] },
    ]
    const each = await confluent.producer()
    await each.sendBatch({ topicMessages })
    assert.deepEqual([spans.named(`send ${one}`).length, spans.named(`send ${two}`).length], [2, 1])
    spans.clear()
    const bulk = await confluent.producer({ sends: 'bulk' })
    await bulk.sendBatch({ topicMessages })
    const span = spans.one(`send ${one}`)
    assert.equal(span.attributes['messaging.batch.message_count'], 2)
    assert.equal(span.attributes['messaging.destination.partition.id'], '0')
    assert.equal(spans.one(`send ${two}`).attributes['messaging.batch.message_count'], undefined)
    const parents = (await read(one, 4)).slice(2).map(headers => headers['traceparent'])
    assert.deepEqual(
      parents,
      [0, 1].map(() => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`),
    )
  })

  test(titled('what the client refuses it refuses as without us'), async t => {
    const confluent = await using(client, t)
    if (confluent === undefined) return
    const topic = await kafka.topic()
    const [plain, traced] = [await confluent.producer('untraced'), await confluent.producer()]
    for (const record of [
      null,
      { topic },
      { topic, messages: [{ value: 'v', headers: { n: 1 } }] },
      { topic, messages: [{ value: 'v' }], acks: 1 },
      { topic, messages: [{ value: 'v', partition: 99 }] },
    ]) {
      const [without, withTracing] = await Promise.all(
        [plain, traced].map(producer =>
          producer.send(structuredClone(record) as never).then(
            () => assert.fail(`sent ${JSON.stringify(record)}`),
            (error: Error) => error,
          ),
        ),
      )
      assert.deepEqual([withTracing?.name, withTracing?.message], [without?.name, without?.message])
    }
    const failed = spans.named(`send ${topic}`).filter(span => span.status.code === SpanStatusCode.ERROR)
    assert.deepEqual(
      failed.map(span => span.attributes['messaging.destination.partition.id']),
      [undefined, '99'],
    )
    await assert.rejects(traceKafka(confluent.kafka).producer().send({ topic, messages: [] }), /connect/)
    await traceKafka(confluent.kafka).admin().disconnect()
  })

  test(titled('a transaction'), async t => {
    const confluent = await using(client, t)
    if (confluent === undefined) return
    const topic = await kafka.topic()
    const producer = await confluent.producer({}, { transactionalId: `tx-${topic}` })
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: 'v' }] })
    await transaction.commit()
    const { traceId, spanId } = spans.one(`send ${topic}`).spanContext()
    assert.deepEqual(await read(topic, 1), [{ traceparent: `00-${traceId}-${spanId}-01` }])
  })

  test(titled("offsets that a transaction commits have a settle span of the consumer's group"), async t => {
    const confluent = await using(client, t)
    if (confluent === undefined) return
    const topic = await kafka.topic()
    const consumer = await confluent.consume(topic, { eachMessage: async () => {} })
    const producer = await confluent.producer({}, { transactionalId: `tx-${topic}` })
    const transaction = await producer.transaction()
    const topics = [{ topic, partitions: [{ partition: 0, offset: '5' }] }]
    const work = tracer.startSpan('work')
    await context.with(trace.setSpan(context.active(), work), () =>
      transaction.sendOffsets({ consumer, topics } as never),
    )
    await transaction.commit()
    const { kind, parentSpanContext, attributes } = spans.one(`commit ${topic}`)
    assert.equal(kind, SpanKind.CLIENT)
    assert.equal(parentSpanContext?.spanId, work.spanContext().spanId)
    assert.match(String(attributes['messaging.consumer.group.name']), /^group-/)
    assert.equal(attributes['messaging.operation.type'], 'settle')
    assert.equal(attributes['messaging.kafka.offset'], 4)
    await assert.rejects(transaction.sendOffsets({ consumer, topics } as never), /no transaction ongoing/)
  })

  test(
    titled('eachMessage has a CONSUMER span in scope, with baggage; a failed message comes again'),
    async t => {
      const confluent = await using(client, t)
      if (confluent === undefined) return
      const topic = await kafka.topic()
      const producer = await confluent.producer()
      const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
      await context.with(propagation.setBaggage(context.active(), baggage), () =>
        producer.send({ topic, messages: [{ key: 'k', value: 'v', headers: { app: 'shop' } }] }),
      )
      const seen: unknown[] = []
      const startup = tracer.startSpan('startup')
      const consumer = await context.with(trace.setSpan(context.active(), startup), () =>
        confluent.consume(topic, {
          eachMessage: async ({ message }) => {
            seen.push([active(), propagation.getActiveBaggage()?.getEntry('tenant')?.value])
            await new Promise(resolve => setImmediate(resolve))
            if (seen.length === 1) throw new Error('too early')
            tracer.startSpan('db').end()
            await consumer.commitOffsets([
              { topic, partition: 0, offset: String(Number(message.offset) + 1) },
            ])
          },
        }),
      )
      await until('the second attempt', () => spans.named(`process ${topic}`).length === 2)
      const [failed, span] = spans.named(`process ${topic}`)
      assert.equal(failed?.status.message, 'too early')
      const sent = spans.one(`send ${topic}`).spanContext()
      for (const one of [failed, span]) assert.equal(one?.parentSpanContext?.spanId, sent.spanId)
      assert.deepEqual(
        seen,
        [failed, span].map(one => [one?.spanContext().spanId, 'a']),
      )
      assert.equal(span?.kind, SpanKind.CONSUMER)
      assert.match(String(span?.attributes['messaging.consumer.group.name']), /^group-/)
      assert.equal(span?.attributes['messaging.kafka.offset'], 0)
      assert.equal(span?.attributes['messaging.client.id'], 'test-client')
      for (const name of ['db', `commit ${topic}`])
        assert.equal(spans.one(name).parentSpanContext?.spanId, span?.spanContext().spanId)
      assert.equal(spans.named(`poll ${topic}`).length, 0)
    },
  )

  test(titled('eachBatch has a receive span, and each message its own'), async t => {
    const confluent = await using(client, t)
    if (confluent === undefined) return
    const topic = await kafka.topic()
    const producer = await confluent.producer()
    await producer.send({ topic, messages: ['0', '1', '2'].map(value => ({ value })) })
    const sent = spans.named(`send ${topic}`).map(span => span.spanContext().spanId)
    const resolved: unknown[] = []
    await confluent.consume(topic, {
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, isStale }: EachBatchPayload) => {
        await processEach(batch, async message => {
          tracer.startSpan(`db-${message.value}`).end()
          resolveOffset(message.offset)
          resolved.push([message.offset, isStale()])
        })
      },
    })
    const processed = await until('3 spans', () => {
      const found = spans.named(`process ${topic}`)
      return found.length === 3 && found
    })
    await until('the receive spans', () => linked(topic).length === 3)
    assert.deepEqual(linked(topic), sent)
    assert.deepEqual(
      resolved,
      ['0', '1', '2'].map(offset => [offset, false]),
    )
    for (const [i, span] of processed.entries()) {
      assert.equal(span.parentSpanContext?.spanId, sent[i])
      assert.equal(spans.one(`db-${i}`).parentSpanContext?.spanId, span.spanContext().spanId)
    }
  })
}

/** The producers that receive spans of a topic link. */
function linked(topic: string): readonly string[] {
  return spans.named(`poll ${topic}`).flatMap(span => span.links.map(link => link.context.spanId))
}

test('its spans have no attribute that the README does not have', async () => {
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
