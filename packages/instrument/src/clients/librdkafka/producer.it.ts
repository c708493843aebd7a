import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import { confluents, rdkafkas } from '../../testing/native-clients.ts'
import type { RdkafkaProducer } from '../../testing/rdkafka.ts'
import { called, reportsOf, testRdkafka } from '../../testing/rdkafka.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()
const using = testRdkafka(kafka)
const tracer = trace.getTracer('test')
const none = [undefined, undefined, undefined] as const

beforeEach(() => spans.clear())

/** What a client without tracing finds on a topic: headers as pairs of texts. */
async function read(topic: string, count: number): Promise<readonly (readonly [string, string])[][]> {
  const found: [string, string][][] = []
  const consumer = await kafka.consume(
    [topic],
    {
      async eachMessage({ message }) {
        found.push(
          Object.entries(message.headers ?? {}).flatMap(([name, value]) =>
            [value].flat().map((one): [string, string] => [name, String(one)]),
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

for (const client of [...confluents, ...rdkafkas]) {
  const titled = (title: string) => `${client.name} ${client.version}: ${title}`

  test(
    titled("a PRODUCER span, completed from the delivery report, which comes in its sender's context"),
    async t => {
      const rdkafka = await using(client, t)
      if (rdkafka === undefined) return
      const topic = await kafka.topic(2)
      const producer = await rdkafka.producer({ dr_cb: true })
      const tenant = () => propagation.getActiveBaggage()?.getEntry('tenant')?.value
      const reports = reportsOf(producer, () => [tenant(), trace.getActiveSpan()?.spanContext().spanId])
      const parents = ['a', 'b'].map(name => tracer.startSpan(name))
      parents.forEach((parent, partition) => {
        const baggage = propagation.createBaggage({ tenant: { value: String(partition) } })
        const active = propagation.setBaggage(trace.setSpan(context.active(), parent), baggage)
        context.with(active, () =>
          producer.produce(topic, partition, Buffer.from('v'), 'k1', undefined, { order: partition }, [
            { app: 'shop' },
          ]),
        )
      })
      await until('two reports', () => reports.length === 2)
      const sent = [...spans.named(`send ${topic}`)].sort(
        (one, other) => partitionOf(one) - partitionOf(other),
      )
      for (const [partition, span] of sent.entries()) {
        assert.equal(span.kind, SpanKind.PRODUCER)
        assert.equal(span.parentSpanContext?.spanId, parents[partition]?.spanContext().spanId)
        const [host, port] = String(kafka.brokers[0]).split(':')
        assert.deepEqual(span.attributes, {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
          'messaging.destination.name': topic,
          'messaging.destination.partition.id': String(partition),
          'messaging.client.id': 'test-client',
          'messaging.kafka.message.key': 'k1',
          'messaging.kafka.offset': 0,
          'server.address': host,
          'server.port': Number(port),
        })
      }
      const told = reports.map(({ report, seen }) => [report['opaque'], seen])
      assert.deepEqual(
        told.sort(),
        parents.map((parent, i) => [{ order: i }, [String(i), parent.spanContext().spanId]]),
      )
      for (const headers of await read(topic, 2)) {
        const { app, traceparent, baggage } = Object.fromEntries(headers)
        const partition = Number(baggage?.at(-1))
        assert.equal(app, 'shop')
        const { traceId, spanId } = sent[partition]?.spanContext() ?? assert.fail()
        assert.equal(traceparent, `00-${traceId}-${spanId}-01`)
      }
    },
  )

  test(
    titled('headers of the caller are only read: frozen, shared, repeated ones; stale contexts go'),
    async t => {
      const rdkafka = await using(client, t)
      if (rdkafka === undefined) return
      const topic = await kafka.topic()
      const producer = await rdkafka.producer()
      const stale = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
      const headers = Object.freeze([
        Object.freeze({ app: 'shop' }),
        Object.freeze({ traceparent: stale }),
        Object.freeze({ app: Buffer.from('again') }),
      ])
      const before = structuredClone(headers)
      for (let i = 0; i < 2; i++)
        producer.produce(topic, null, Buffer.from('v'), null, undefined, undefined, headers)
      producer.produce(topic, null, null, 'deleted')
      await called(done => producer.flush(5000, done))
      assert.deepEqual(structuredClone(headers), before)
      const sent = spans.named(`send ${topic}`)
      const contexts = sent.map(span => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`)
      assert.deepEqual(await read(topic, 3), [
        [
          ['traceparent', contexts[0]],
          ['app', 'shop'],
          ['app', 'again'],
        ],
        [
          ['traceparent', contexts[1]],
          ['app', 'shop'],
          ['app', 'again'],
        ],
        [['traceparent', contexts[2]]],
      ])
      assert.deepEqual(
        sent.map(span => [span.spanContext().traceId, span.attributes['messaging.kafka.message.tombstone']]),
        [
          ['a'.repeat(32), undefined],
          ['a'.repeat(32), undefined],
          [sent[2]?.spanContext().traceId, true],
        ],
      )
    },
  )

  test(titled('what the client refuses it refuses as without us, and the span says so'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await kafka.topic()
    const [plain, traced] = [await rdkafka.producer({}, 'untraced'), await rdkafka.producer()]
    const refusals = [
      [undefined, null, Buffer.from('v')],
      [topic, 7, 'no buffer'],
      [topic, null, Buffer.alloc(2_000_000)],
    ].map(args => [plain, traced].map(producer => errorOf(() => producer.produce(...args, ...none.slice(1)))))
    for (const [without, withTracing] of refusals) assert.equal(withTracing?.message, without?.message)
    const failed = spans.named(`send ${topic}`)
    assert.deepEqual(
      failed.map(span => span.status),
      refusals.slice(1).map(([, error]) => ({ code: SpanStatusCode.ERROR, message: error?.message })),
    )
  })

  test(titled('a message that is not delivered fails its span'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await kafka.topic()
    const producer = await rdkafka.producer({ dr_cb: true, 'message.max.bytes': 5_000_000 })
    const reports = reportsOf(producer, () => undefined)
    producer.produce(topic, null, Buffer.alloc(4_000_000))
    await until('the report', () => reports.length === 1)
    const span = spans.one(`send ${topic}`)
    assert.equal(span.status.code, SpanStatusCode.ERROR)
    assert.equal(span.status.message, (reports[0]?.error as Error).message)
    assert.deepEqual(Object.keys(reports[0]?.report ?? {}).includes('opaque'), false)
  })

  test(titled("HighLevelProducer: its callback comes in the sender's context, serializers work"), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await kafka.topic()
    const producer = await rdkafka.producer({}, {}, 'HighLevelProducer')
    ;(producer as unknown as { setValueSerializer(f: (v: unknown) => unknown): void }).setValueSerializer(
      async value => Buffer.from(JSON.stringify(value)),
    )
    const parent = tracer.startSpan('request')
    const headers = [{ app: 'shop' }]
    const [offset, active] = await context.with(trace.setSpan(context.active(), parent), () =>
      called<readonly unknown[]>(done =>
        producer.produce(topic, null, { n: 1 }, 'k', Date.now(), headers, (error: unknown, at: unknown) =>
          done(error, [at, trace.getActiveSpan()]),
        ),
      ),
    )
    assert.equal(offset, 0)
    assert.equal(active, parent)
    const span = spans.one(`send ${topic}`)
    assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId)
    assert.equal(span.attributes['messaging.kafka.offset'], 0)
    assert.deepEqual(headers, [{ app: 'shop' }])
  })

  test(titled('a transaction'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await kafka.topic()
    const producer = await rdkafka.producer({ 'transactional.id': `tx-${topic}`, dr_cb: true })
    reportsOf(producer, () => undefined)
    await called(done => producer.initTransactions(10_000, done))
    await called(done => producer.beginTransaction(done))
    producer.produce(topic, 0, Buffer.from('v'))
    await called(done => producer.commitTransaction(10_000, done))
    await until('the report', () => spans.named(`send ${topic}`).length === 1)
    const [headers] = await read(topic, 1)
    const { traceId, spanId } = spans.one(`send ${topic}`).spanContext()
    assert.deepEqual(headers, [['traceparent', `00-${traceId}-${spanId}-01`]])
  })

  test(titled("offsets that a transaction commits have a settle span of the consumer's group"), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await kafka.topic(2)
    const consumer = await rdkafka.consumer(topic, 'untraced')
    for (const kind of ['Producer', 'HighLevelProducer'] as const) {
      spans.clear()
      const transactional = { 'transactional.id': `tx-${kind}-${topic}` }
      const producer: RdkafkaProducer = await rdkafka.producer(transactional, {}, kind)
      await called(done => producer.initTransactions(10_000, done))
      const work = tracer.startSpan('work')
      const commit = (offsets: readonly number[], ...timeout: readonly number[]) => {
        const places = offsets.map((offset, partition) => ({ topic, partition, offset }))
        return context.with(trace.setSpan(context.active(), work), () =>
          called(done =>
            producer.sendOffsetsToTransaction(places, consumer, ...timeout, (error: unknown) =>
              done(error, trace.getActiveSpan()),
            ),
          ),
        )
      }
      await assert.rejects(commit([5]), /not valid in state/)
      await called(done => producer.beginTransaction(done))
      assert.equal(await commit([5], 10_000), work)
      assert.equal(await commit([6, 7]), work)
      await called(done => producer.commitTransaction(10_000, done))
      const places = [0, 1].map(partition => ({ topic, partition }))
      const committed = await called<readonly { readonly offset: number }[]>(done =>
        consumer.committed(places, 10_000, done),
      )
      assert.deepEqual(
        committed.map(({ offset }) => offset),
        [6, 7],
      )
      assert.deepEqual(
        spans
          .named(`commit ${topic}`)
          .map(({ kind, parentSpanContext, status, attributes }) => [
            kind,
            parentSpanContext?.spanId,
            status.code,
            attributes['error.type'],
            String(attributes['messaging.consumer.group.name']).slice(0, 6),
            attributes['messaging.destination.partition.id'],
            attributes['messaging.kafka.offset'],
          ]),
        [
          [SpanStatusCode.ERROR, 'ERR__STATE', 'group-', '0', 4],
          [SpanStatusCode.UNSET, undefined, 'group-', '0', 4],
          [SpanStatusCode.UNSET, undefined, 'group-', undefined, undefined],
        ].map(facts => [SpanKind.CLIENT, work.spanContext().spanId, ...facts]),
      )
      assert.throws(() => producer.sendOffsetsToTransaction([{ topic }], undefined, () => {}), TypeError)
    }
  })
}

function partitionOf(span: { readonly attributes: Readonly<Record<string, unknown>> }): number {
  return Number(span.attributes['messaging.destination.partition.id'])
}

function errorOf(call: () => unknown): Error | undefined {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  return undefined
}

test('its spans have no attribute that the README does not have', async () => {
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
