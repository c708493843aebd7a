import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { contextOf, processMessage } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()
const tracer = trace.getTracer('test')

beforeEach(() => spans.clear())

test('eachMessage has a CONSUMER span with what the conventions ask for, child of the producer', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  await producer.send({ topic, messages: [{ key: 'k1', value: 'v' }] })
  const active: unknown[] = []
  await kafka.consume(
    [topic],
    { eachMessage: async () => void active.push(trace.getActiveSpan()?.spanContext().spanId) },
    { groupId: 'the-group' },
  )
  await until('the span', () => spans.named(`process ${topic}`).length === 1)
  const span = spans.one(`process ${topic}`)
  const sent = spans.one(`send ${topic}`)
  assert.equal(span.kind, SpanKind.CONSUMER)
  assert.equal(span.parentSpanContext?.spanId, sent.spanContext().spanId)
  assert.equal(span.spanContext().traceId, sent.spanContext().traceId)
  assert.deepEqual(active, [span.spanContext().spanId])
  const [host, port] = String(kafka.brokers[0]).split(':')
  const {
    'messaging.kafka.cluster.id': clusterId,
    'waybill.message.queue_duration': queuedSeconds,
    ...attributes
  } = span.attributes
  assert.equal(typeof clusterId, 'string')
  assert.ok(Number(queuedSeconds) >= 0 && Number(queuedSeconds) < 60)
  assert.deepEqual(attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': '0',
    'messaging.kafka.message.key': 'k1',
    'messaging.kafka.offset': 0,
    'messaging.client.id': 'test-client',
    'messaging.consumer.group.name': 'the-group',
    'server.address': host,
    'server.port': Number(port),
  })
})

test('repeated headers: the last one counts; rubbish starts a trace of its own, as does a plain message', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer('untraced')
  const [old, recent] = ['a', 'b'].map(digit => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)
  await producer.send({
    topic,
    messages: [
      { value: '0', headers: { traceparent: [String(old), String(recent)] } },
      { value: '1', headers: { traceparent: Buffer.from([0xff, 0x00, 0xfe]) } },
      { value: '2', headers: { traceparent: '0'.repeat(100_000) } },
      { value: '3' },
      { value: null },
    ],
  })
  // A consumer started within a span of the application must not put every message under it.
  const startup = tracer.startSpan('startup')
  await context.with(trace.setSpan(context.active(), startup), () =>
    kafka.consume([topic], { eachMessage: async () => {} }),
  )
  const processed = await until('5 spans', () => {
    const found = spans.named(`process ${topic}`)
    return found.length === 5 && found
  })
  assert.deepEqual(
    processed.map(span => span.parentSpanContext?.spanId),
    ['b'.repeat(16), undefined, undefined, undefined, undefined],
  )
  const traces = processed.map(span => span.spanContext().traceId)
  assert.equal(traces[0], 'b'.repeat(32))
  assert.equal(new Set([...traces, startup.spanContext().traceId]).size, 6)
  assert.equal(processed[4]?.attributes['messaging.kafka.message.tombstone'], true)
})

test('continue: link and both', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
  await context.with(propagation.setBaggage(context.active(), baggage), () =>
    producer.send({ topic, messages: [{ value: 'v' }] }),
  )
  const sent = spans.one(`send ${topic}`).spanContext()
  for (const continuation of ['link', 'both'] as const) {
    spans.clear()
    const tenants: unknown[] = []
    await kafka.consume(
      [topic],
      {
        eachMessage: async () => void tenants.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value),
      },
      { tracing: { continue: continuation } },
    )
    await until(continuation, () => spans.all().length === 1)
    const span = spans.one(`process ${topic}`)
    assert.deepEqual(
      span.links.map(link => link.context.spanId),
      [sent.spanId],
    )
    assert.equal(span.parentSpanContext?.spanId, continuation === 'both' ? sent.spanId : undefined)
    assert.equal(span.spanContext().traceId === sent.traceId, continuation === 'both')
    assert.deepEqual(tenants, ['a'])
  }
})

test('an error is recorded once on its way up and thrown on, so that the message comes again', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  await producer.send({ topic, messages: [{ value: 'v' }] })
  const { traced } = await import('../../index.ts')
  let attempt = 0
  const step = traced('step', async () => {
    if (++attempt === 1) throw Object.assign(new Error('too early'), { name: 'TooEarly' })
  })
  await kafka.consume([topic], { eachMessage: () => step() })
  await until('the second attempt', () => spans.named(`process ${topic}`).length === 2)
  const failed = spans.all().filter(span => span.status.code === SpanStatusCode.ERROR)
  assert.deepEqual(
    failed.map(({ name, status, events, attributes }) => [
      name,
      status.message,
      events.map(event => event.attributes?.['exception.message']),
      attributes['error.type'],
    ]),
    [
      ['step', 'too early', ['too early'], 'TooEarly'],
      [`process ${topic}`, 'too early', [], 'TooEarly'],
    ],
  )
})

test('consume to produce chains by itself, in many concurrent handlers, and nothing leaks', async () => {
  const [from, to] = [await kafka.topic(4), await kafka.topic(4)]
  const producer = await kafka.producer()
  const messages = Array.from({ length: 200 }, (_, i) => ({ key: `k${i}`, value: String(i) }))
  for (const message of messages)
    await context.with(
      propagation.setBaggage(context.active(), propagation.createBaggage({ n: { value: message.value } })),
      () => producer.send({ topic: from, messages: [message] }),
    )
  const seen: boolean[] = []
  await kafka.consume([from], {
    partitionsConsumedConcurrently: 4,
    async eachMessage({ message }) {
      const own = trace.getActiveSpan()?.spanContext().spanId
      await new Promise(resolve => setImmediate(resolve))
      await producer.send({ topic: to, messages: [{ key: message.key, value: message.value }] })
      seen.push(
        own === trace.getActiveSpan()?.spanContext().spanId &&
          propagation.getActiveBaggage()?.getEntry('n')?.value === String(message.value) &&
          trace.getSpan(contextOf(message))?.spanContext().spanId === own,
      )
    },
  })
  const ends: string[] = []
  await kafka.consume([to], {
    partitionsConsumedConcurrently: 4,
    async eachMessage({ message }) {
      const key = String(message.key)
      const first = spans
        .named(`send ${from}`)
        .find(span => span.attributes['messaging.kafka.message.key'] === key)
      if (first?.spanContext().traceId === trace.getActiveSpan()?.spanContext().traceId) ends.push(key)
    },
  })
  await until('all messages twice', () => ends.length === 200, 30_000)
  assert.equal(seen.length, 200)
  assert.ok(seen.every(Boolean))
  assert.equal(context.active(), context.active())
  assert.equal(trace.getActiveSpan(), undefined)
})

test('a rule takes the failure of a function as that of the message, and skipped messages keep their context', async () => {
  const [judged, skipped] = [await kafka.topic(), await kafka.topic()]
  const producer = await kafka.producer()
  await producer.send({ topic: judged, messages: [{ value: 'v' }] })
  await producer.send({ topic: skipped, messages: [{ value: 'v' }] })
  const { traced } = await import('../../index.ts')
  const fail = async () => Promise.reject(new Error('no report'))
  const [step, sideline] = [traced('step', fail), traced('sideline', fail)]
  const active: unknown[] = []
  const rules = [
    { destination: skipped, skip: true },
    { operation: 'process', name: 'consumer', failsWith: 'step' },
  ] as const
  await kafka.consume(
    [judged, skipped],
    {
      async eachMessage({ topic }) {
        if (topic === skipped) active.push(trace.getActiveSpan()?.spanContext().spanId)
        await sideline().catch(() => {})
        await step().catch(() => {})
      },
    },
    { tracing: { rules } },
  )
  await until('both', () => active.length === 1 && spans.named('consumer').length === 1)
  const span = spans.one('consumer')
  assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: 'no report' })
  assert.equal(span.attributes['error.type'], 'Error')
  assert.deepEqual(span.events, [])
  assert.deepEqual(active, [spans.one(`send ${skipped}`).spanContext().spanId])
})

test('a failure that the rules do not name is for the handler to deal with', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  await producer.send({ topic, messages: [{ value: 'v' }] })
  const { traced } = await import('../../index.ts')
  const step = traced('step', async () => Promise.reject(new Error('dealt with')))
  await kafka.consume([topic], { eachMessage: () => step().catch(() => {}) })
  await until('the span', () => spans.named(`process ${topic}`).length === 1)
  assert.equal(spans.one(`process ${topic}`).status.code, SpanStatusCode.UNSET)
})

test('commits that the application makes are settle spans of what it is doing, one a topic', async () => {
  const [one, two] = [await kafka.topic(), await kafka.topic(2)]
  const producer = await kafka.producer()
  await producer.sendBatch({
    topicMessages: [
      { topic: one, messages: [{ value: '1' }] },
      {
        topic: two,
        messages: [
          { value: '2', partition: 0 },
          { value: '3', partition: 1 },
        ],
      },
    ],
  })
  const seen: string[] = []
  const consumer = await kafka.consume([one, two], {
    autoCommit: false,
    async eachMessage({ topic, partition, message }) {
      if (topic === one) await consumer.commitOffsets([{ topic, partition, offset: '1' }])
      seen.push(String(message.value))
    },
  })
  await until('three messages', () => seen.length === 3)
  const handled = spans.one(`process ${one}`)
  const committed = spans.one(`commit ${one}`)
  assert.equal(committed.kind, SpanKind.CLIENT)
  assert.equal(committed.parentSpanContext?.spanId, handled.spanContext().spanId)
  assert.equal(committed.attributes['messaging.operation.type'], 'settle')
  assert.equal(committed.attributes['messaging.destination.partition.id'], '0')
  assert.equal(committed.attributes['messaging.kafka.offset'], 0)
  const offsets = [0, 1].map(partition => ({ topic: two, partition, offset: '1' }))
  await consumer.commitOffsets([...offsets, { topic: one, partition: 0, offset: '1' }])
  assert.equal(spans.one(`commit ${two}`).attributes['messaging.destination.partition.id'], undefined)
  await assert.rejects(consumer.commitOffsets([{ topic: one, partition: 9, offset: '1' }]))
  const failed = spans.named(`commit ${one}`).filter(span => span.status.code === SpanStatusCode.ERROR)
  assert.equal(failed.length, 1)
})

test('a message that was not delivered through us gives the context of its headers', () => {
  const message = {
    value: 'v',
    headers: { traceparent: Buffer.from(`00-${'e'.repeat(32)}-${'f'.repeat(16)}-01`) },
  }
  assert.equal(trace.getSpanContext(contextOf(message))?.spanId, 'f'.repeat(16))
  assert.equal(
    processMessage(message, () => trace.getActiveSpan()?.spanContext().traceId),
    'e'.repeat(32),
  )
  assert.equal(trace.getSpanContext(contextOf({})), undefined)
})
