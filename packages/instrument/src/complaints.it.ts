import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import type { ChannelModel, ConsumeMessage } from 'amqplib'
import { connect } from 'amqplib'
import { patchHttpClients } from './clients/http/client.ts'
import type { MessagingOptions } from './index.ts'
import { deadLetter, processEach, processMessage, retryOf, traceChannel } from './index.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { testKafka } from './testing/kafka.ts'
import { testRabbitmq } from './testing/rabbitmq.ts'
import { active, traceparent } from './testing/routes.ts'
import { until } from './testing/until.ts'

/*
 * What people complained of in other instrumentations, on real brokers: each complaint is held down by a test. Those
 * that no client has a part in are in complaints.test.ts.
 */

const spans = collectSpans()
const kafka = testKafka()
const rabbitmq = testRabbitmq()
const service = createServer((request, response) => response.end(request.headers['traceparent']))
let connected: Promise<ChannelModel> | undefined
let serviceUrl = ''

before(async () => {
  await once(service.listen(0, '127.0.0.1'), 'listening')
  serviceUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`
})
after(() => {
  service.close()
  service.closeAllConnections()
})
beforeEach(() => spans.clear())

/** One connection for all tests, once the broker is there. */
async function connection(): Promise<ChannelModel> {
  if (connected === undefined) {
    connected = connect(rabbitmq.url)
    rabbitmq.atEnd(async () => (await connected)?.close())
  }
  return connected
}

const traceOf = (text: unknown): string => String(text).slice(3, 35)

type Headers = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>

/** The headers of all messages of a topic, as an untraced client reads them. */
async function onTheWire(topic: string, count: number): Promise<readonly Headers[]> {
  const read: Headers[] = []
  await kafka.consume(
    [topic],
    { eachMessage: async ({ message }) => void read.push(message.headers ?? {}) },
    { tracing: 'untraced' },
  )
  return until('all messages', () => read.length === count && read)
}

test('Kafka: a call that sends a thousand messages can be one span, whose context all of them carry', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer({ sends: 'bulk' })
  await producer.send({ topic, messages: Array.from({ length: 1000 }, (_, i) => ({ value: String(i) })) })
  const span = spans.one(`send ${topic}`)
  assert.equal(span.attributes['messaging.batch.message_count'], 1000)
  const ids = (await onTheWire(topic, 1000)).map(headers => String(headers['traceparent']).slice(36, 52))
  assert.deepEqual([...new Set(ids)], [span.spanContext().spanId])
})

test('Kafka: what is sent within a transaction is traced as any other', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer(
    {},
    { transactionalId: topic, maxInFlightRequests: 1, idempotent: true },
  )
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: [{ value: '1' }] })
  await transaction.sendBatch({ topicMessages: [{ topic, messages: [{ value: '2' }] }] })
  await transaction.commit()
  const sent = spans.named(`send ${topic}`).map(span => span.spanContext().traceId)
  const carried = (await onTheWire(topic, 2)).map(headers => traceOf(headers['traceparent']))
  assert.deepEqual(carried, sent)
})

test('Kafka: topics of one name in two clusters, and groups that read one topic, are told apart', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  await producer.send({ topic, messages: [{ value: 'v' }] })
  for (const groupId of [`${topic}-a`, `${topic}-b`])
    await kafka.consume([topic], { eachMessage: async () => {} }, { groupId })
  const processed = await until('both groups', () => {
    const found = spans.named(`process ${topic}`)
    return found.length === 2 && found
  })
  const clusters = spans.all().map(({ attributes }) => attributes['messaging.kafka.cluster.id'])
  assert.equal(new Set(clusters).size, 1)
  assert.match(String(clusters[0]), /\S/)
  const groups = processed.map(({ attributes }) => attributes['messaging.consumer.group.name'])
  assert.deepEqual(groups.sort(), [`${topic}-a`, `${topic}-b`])
  for (const { attributes } of spans.all()) assert.equal(attributes['messaging.client.id'], 'test-client')
})

test('Kafka: a single B3 header, which arrives as bytes, is continued', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer('untraced')
  const b3 = `${'a'.repeat(32)}-${'b'.repeat(16)}-1`
  await producer.send({ topic, messages: [{ value: 'v', headers: { b3 } }] })
  await kafka.consume([topic], { eachMessage: async () => {} }, { tracing: { formats: ['b3'] } })
  const span = await until('the span', () => spans.named(`process ${topic}`)[0])
  assert.equal(span.parentSpanContext?.spanId, 'b'.repeat(16))
})

test('Kafka: eachBatch has spans, and every message in it is handled in its own trace', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  for (const digit of ['a', 'b'])
    await context.with(active(digit), () => producer.send({ topic, messages: [{ value: digit }] }))
  const traces: (string | undefined)[] = []
  await kafka.consume([topic], {
    eachBatch: ({ batch }) =>
      processEach(batch, async () => {
        await Promise.resolve()
        traces.push(trace.getActiveSpan()?.spanContext().traceId)
      }),
  })
  await until(
    'both',
    () => spans.named(`process ${topic}`).length === 2 && spans.named(`poll ${topic}`).length > 0,
  )
  assert.deepEqual(traces, ['a'.repeat(32), 'b'.repeat(32)])
})

test("Kafka: the application's headers stay as they were given, and arrive, repeated ones too", async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const headers = Object.freeze({ own: 'x', twice: ['1', '2'], bytes: Buffer.from([1, 2]) })
  const message = Object.freeze({ value: 'v', headers })
  await producer.send({ topic, messages: [message, message] })
  const [first, second] = await onTheWire(topic, 2)
  assert.deepEqual(Object.keys(headers), ['own', 'twice', 'bytes'])
  for (const arrived of [first, second]) {
    assert.equal(String(arrived?.['own']), 'x')
    assert.deepEqual(arrived?.['twice'], [Buffer.from('1'), Buffer.from('2')])
    assert.deepEqual(arrived?.['bytes'], Buffer.from([1, 2]))
  }
  assert.notEqual(String(first?.['traceparent']), String(second?.['traceparent']))
})

test('Kafka: what a handler sends, and what it asks of another service, belongs to its message', async () => {
  patchHttpClients()
  const [from, to] = [await kafka.topic(), await kafka.topic()]
  const producer = await kafka.producer()
  const answers: string[] = []
  await kafka.consume([from], {
    async eachMessage() {
      answers.push(await (await fetch(serviceUrl)).text())
      await producer.send({ topic: to, messages: [{ value: 'on' }] })
    },
  })
  await context.with(active('a'), () => producer.send({ topic: from, messages: [{ value: 'v' }] }))
  const [headers] = await onTheWire(to, 1)
  assert.equal(traceOf(headers?.['traceparent']), 'a'.repeat(32))
  assert.equal(traceOf(answers[0]), 'a'.repeat(32))
})

test('Kafka: a message is tried again and dies in one trace; its consumers tell the attempt and the place of death', async () => {
  const [orders, dead] = [await kafka.topic(), await kafka.topic()]
  const producer = await kafka.producer()
  await context.with(active('a'), () => producer.send({ topic: orders, messages: [{ value: 'v' }] }))
  let tries = 0
  await kafka.consume([orders], {
    async eachMessage({ message }) {
      const forward = ++tries === 1 ? retryOf(message) : deadLetter(message, new RangeError('no such order'))
      await producer.send({ topic: tries === 1 ? orders : dead, messages: [forward] })
    },
  })
  await kafka.consume([dead], { eachMessage: async () => {} })
  const letter = await until('the dead letter', () => spans.named(`process ${dead}`)[0])
  const [first, second] = spans.named(`process ${orders}`)
  assert.deepEqual(
    [first, second].map(span => span?.attributes['waybill.message.attempt']),
    [undefined, 2],
  )
  for (const span of [second, letter])
    assert.equal(span?.links.at(-1)?.context.spanId, first?.spanContext().spanId)
  assert.deepEqual(
    ['destination', 'partition', 'offset', 'reason'].map(
      name => letter.attributes[`waybill.dead_letter.${name}`],
    ),
    [orders, '0', 1, 'RangeError'],
  )
  for (const span of spans.all()) assert.equal(span.spanContext().traceId, 'a'.repeat(32))
  const [headers] = await onTheWire(dead, 1)
  assert.equal(String(headers?.['traceparent']).split(',').length, 1)
})

/** Consumes one message, published with these headers, on a traced channel. */
async function consumeOne(
  headers: object,
  options: MessagingOptions,
  handler: (message: ConsumeMessage, ack: (message: ConsumeMessage) => void) => unknown,
): Promise<string> {
  const queue = await rabbitmq.queue()
  const channel = traceChannel(await (await connection()).createChannel(), options)
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  await channel.consume(queue, async message => {
    if (message === null) return
    try {
      resolve(await handler(message, settled => channel.ack(settled)))
    } catch (error) {
      reject(error)
    }
  })
  await rabbitmq.send('', queue, 'v', { headers })
  await promise
  return queue
}

test('RabbitMQ: linked instead of continued, a message has a root of its own, whatever surrounds the consumer', async () => {
  await context.with(active('f'), () =>
    consumeOne({ traceparent: traceparent('a') }, { continue: 'link' }, (message, ack) => ack(message)),
  )
  const span = await until('the span', () => spans.all().find(({ kind }) => kind === SpanKind.CONSUMER))
  assert.equal(span.parentSpanContext, undefined)
  assert.deepEqual(
    span.links.map(link => link.context.traceId),
    ['a'.repeat(32)],
  )
})

test('RabbitMQ: the present names of attributes, the old ones, or both', async () => {
  for (const conventions of ['new', 'old', 'both'] as const) {
    spans.clear()
    const queue = await consumeOne({}, { conventions }, (message, ack) => ack(message))
    const span = await until('the span', () => spans.all().find(({ kind }) => kind === SpanKind.CONSUMER))
    const { attributes } = span
    assert.equal(attributes['messaging.destination.name'], conventions === 'old' ? undefined : queue)
    assert.equal('messaging.protocol' in attributes, conventions !== 'new')
  }
})

test('RabbitMQ: acknowledging a copy of the message ends its span', async () => {
  await consumeOne({}, {}, (message, ack) => ack({ ...message, fields: { ...message.fields } }))
  await until('process and ack', () => spans.all().length === 2)
})

test('RabbitMQ: on a confirm channel, a send lasts until the broker confirms it', async () => {
  const queue = await rabbitmq.queue()
  const channel = traceChannel(await (await connection()).createConfirmChannel())
  channel.sendToQueue(queue, Buffer.from('v'))
  assert.deepEqual(spans.all(), [])
  await channel.waitForConfirms()
  assert.equal(spans.all().length, 1)
})

test('RabbitMQ: a consumer whose queue is removed is given null, as without tracing', async () => {
  const queue = await rabbitmq.queue()
  const channel = traceChannel(await (await connection()).createChannel())
  const given: unknown[] = []
  await channel.consume(queue, message => processMessage(message as never, taken => given.push(taken)))
  await rabbitmq.remove(queue)
  await until('the cancellation', () => given.length === 1)
  assert.deepEqual([given, spans.all()], [[null], []])
})

test('RabbitMQ: the default exchange is no destination, the queue is; the producer may be parent and link', async () => {
  const queue = await consumeOne({ traceparent: traceparent('a') }, { continue: 'both' }, (message, ack) => {
    assert.equal(propagation.getActiveBaggage(), undefined)
    ack(message)
  })
  const span = await until('the span', () => spans.all().find(({ kind }) => kind === SpanKind.CONSUMER))
  assert.equal(span.attributes['messaging.destination.name'], queue)
  assert.equal(span.parentSpanContext?.spanId, 'a'.repeat(16))
  assert.equal(span.links[0]?.context.spanId, 'a'.repeat(16))
})
