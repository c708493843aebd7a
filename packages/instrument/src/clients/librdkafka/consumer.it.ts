import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { beforeEach, test } from 'node:test'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { contextOf, processEach, traceRdkafka } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import { confluents, rdkafkas } from '../../testing/native-clients.ts'
import type { RdkafkaConsumer, RdkafkaMessage, TestRdkafka } from '../../testing/rdkafka.ts'
import { called, testRdkafka } from '../../testing/rdkafka.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()
const using = testRdkafka(kafka)
const tracer = trace.getTracer('test')
const active = () => trace.getActiveSpan()?.spanContext().spanId

beforeEach(() => spans.clear())

/** A topic with these messages, each sent in a trace of its own. */
async function topicOf(values: readonly string[], partitions = 1): Promise<string> {
  const topic = await kafka.topic(partitions)
  const producer = await kafka.producer()
  for (const [i, value] of values.entries())
    await producer.send({ topic, messages: [{ key: 'k', value, partition: i % partitions }] })
  return topic
}

/** All messages of a topic, asked for until there are `count`. */
async function consumeAll(consumer: RdkafkaConsumer, count: number): Promise<readonly RdkafkaMessage[]> {
  const found: RdkafkaMessage[] = []
  await until(`${count} messages`, async () => {
    found.push(...(await called<readonly RdkafkaMessage[]>(done => consumer.consume(count, done))))
    return found.length >= count
  })
  return found
}

/** A traced stream that reads a topic from its beginning. */
function readStream(rdkafka: TestRdkafka, topic: string): Readable {
  return traceRdkafka(
    rdkafka.module.createReadStream(
      rdkafka.config({ 'group.id': topic }),
      { 'auto.offset.reset': 'earliest' },
      { topics: [topic], fetchSize: 2, waitInterval: 10 },
    ),
  )
}

for (const client of [...confluents, ...rdkafkas]) {
  const titled = (title: string) => `${client.name} ${client.version}: ${title}`

  test(
    titled('who flows has a CONSUMER span for each message, as long as its listeners work on it'),
    async t => {
      const rdkafka = await using(client, t)
      if (rdkafka === undefined) return
      const topic = await topicOf(['0', '1', '2'])
      const sent = spans.named(`send ${topic}`)
      spans.clear()
      const consumer = await rdkafka.consumer(topic)
      const seen: unknown[] = []
      consumer.on('data', async (message: RdkafkaMessage) => {
        seen.push(active())
        await new Promise(resolve => setImmediate(resolve))
        tracer.startSpan(`db-${message.value}`).end()
        consumer.commitMessage(message)
      })
      consumer.consume((_error: unknown, message: RdkafkaMessage) =>
        seen.push([String(message.value), active()]),
      )
      await until('3 spans', () => spans.named(`process ${topic}`).length === 3)
      const processed = spans.named(`process ${topic}`)
      for (const [i, span] of processed.entries()) {
        const { spanId } = span.spanContext()
        assert.equal(span.kind, SpanKind.CONSUMER)
        assert.equal(span.parentSpanContext?.spanId, sent[i]?.spanContext().spanId)
        assert.equal(spans.one(`db-${i}`).parentSpanContext?.spanId, spanId)
        assert.equal(spans.named(`commit ${topic}`)[i]?.parentSpanContext?.spanId, spanId)
        assert.equal(spans.named(`commit ${topic}`)[i]?.attributes['messaging.kafka.offset'], i)
        const {
          'messaging.consumer.group.name': group,
          'waybill.message.queue_duration': queuedSeconds,
          ...attributes
        } = span.attributes
        assert.match(String(group), /^group-/)
        assert.ok(Number(queuedSeconds) >= 0 && Number(queuedSeconds) < 60)
        const [host, port] = String(kafka.brokers[0]).split(':')
        assert.deepEqual(attributes, {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': topic,
          'messaging.destination.partition.id': '0',
          'messaging.kafka.message.key': 'k',
          'messaging.kafka.offset': i,
          'messaging.client.id': 'test-client',
          'server.address': host,
          'server.port': Number(port),
        })
      }
      const ids = processed.map(span => span.spanContext().spanId)
      assert.deepEqual(
        seen,
        ids.flatMap((id, i) => [id, [String(i), id]]),
      )
    },
  )

  test(titled('who flows by a callback alone has the span in its scope'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await topicOf(['0'])
    const consumer = await rdkafka.consumer(topic)
    const seen: unknown[] = []
    consumer.consume(async () => {
      seen.push(active())
      await new Promise(resolve => setImmediate(resolve))
      seen.push(active())
    })
    await until('the span', () => spans.named(`process ${topic}`).length === 1)
    const { spanId } = spans.one(`process ${topic}`).spanContext()
    assert.deepEqual(seen, [spanId, spanId])
  })

  test(titled('what a listener throws fails its message and reaches the client'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await topicOf(['0'])
    const consumer = await rdkafka.consumer(topic)
    const [message] = await consumeAll(consumer, 1)
    consumer.once('data', () => {
      throw new TypeError('no such order')
    })
    assert.throws(() => consumer.emit('data', message), /no such order/)
    const span = spans.one(`process ${topic}`)
    assert.equal(span.status.code, SpanStatusCode.ERROR)
    assert.equal(span.attributes['error.type'], 'TypeError')
    assert.equal(consumer.emit('data', message), false)
  })

  test(titled('consume(n) has receive spans, one a partition, that link every producer'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await topicOf(['0', '1', '2', '3'], 2)
    const producers = spans.named(`send ${topic}`).map(span => span.spanContext().spanId)
    const consumer = await rdkafka.consumer(topic, {}, [0, 1])
    const messages = await consumeAll(consumer, 4)
    const polls = spans.named(`poll ${topic}`)
    assert.deepEqual(
      polls.flatMap(poll => poll.links.map(link => link.context.spanId)).sort(),
      [...producers].sort(),
    )
    for (const poll of polls) {
      assert.equal(poll.kind, SpanKind.CLIENT)
      assert.equal(poll.parentSpanContext, undefined)
      assert.equal(poll.attributes['messaging.batch.message_count'], poll.links.length)
    }
    await processEach(messages, async message => {
      tracer.startSpan(`db-${message.value}`).end()
    })
    const ids = polls.map(poll => poll.spanContext().spanId)
    for (const span of spans.named(`process ${topic}`)) {
      assert.equal(span.links.length, 1)
      assert.ok(ids.includes(span.links[0]?.context.spanId ?? ''))
      assert.equal(typeof span.attributes['waybill.message.lag'], 'number')
    }
    assert.deepEqual(
      messages.map(message => spans.one(`db-${message.value}`).spanContext().traceId),
      messages.map(message => trace.getSpanContext(contextOf(message))?.traceId),
    )
  })

  test(titled('consume(n) with listeners: each message is in its own span for them'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await topicOf(['0', '1'])
    const consumer = await rdkafka.consumer(topic)
    const seen: unknown[] = []
    consumer.on('data', () => seen.push(active()))
    await consumeAll(consumer, 2)
    const processed = spans.named(`process ${topic}`)
    assert.deepEqual(
      seen,
      processed.map(span => span.spanContext().spanId),
    )
    const polls = new Set(spans.named(`poll ${topic}`).map(span => span.spanContext().spanId))
    for (const span of processed) assert.ok(polls.has(span.links[0]?.context.spanId ?? ''))
  })

  test(titled('commits have settle spans, one a topic'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await topicOf(['0', '1'])
    const consumer = await rdkafka.consumer(topic)
    const [first] = await consumeAll(consumer, 2)
    if (first === undefined) return assert.fail()
    const request = tracer.startSpan('request')
    context.with(trace.setSpan(context.active(), request), () => {
      consumer.commitMessageSync(first)
      consumer.commitSync({ topic, partition: 0, offset: 2 })
      consumer.commit([{ topic, partition: 0, offset: 2 }])
      assert.throws(() => consumer.commitSync(), /No offset stored/)
    })
    const commits = spans.named(`commit ${topic}`)
    assert.deepEqual(
      commits.map(span => [
        span.kind,
        span.parentSpanContext?.spanId,
        span.attributes['messaging.operation.type'],
        span.attributes['messaging.kafka.offset'],
        span.status.message,
        span.attributes['error.type'],
      ]),
      [0, 1, 1, undefined].map(offset => [
        SpanKind.CLIENT,
        request.spanContext().spanId,
        'settle',
        offset,
        offset === undefined ? 'Local: No offset stored' : undefined,
        offset === undefined ? 'ERR__NO_OFFSET' : undefined,
      ]),
    )
    if (consumer.commitCb === undefined) return
    spans.clear()
    const { commitCb } = consumer
    const seen = await context.with(trace.setSpan(context.active(), request), () =>
      called(done =>
        commitCb.call(consumer, [{ topic, partition: 0, offset: 2 }], error => done(error, active())),
      ),
    )
    assert.equal(seen, request.spanContext().spanId)
    assert.equal(spans.named(`commit ${topic}`).length, 1)
  })

  test(titled('repeated headers: the last one counts; rubbish starts a trace of its own'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await kafka.topic()
    const producer = await rdkafka.producer({}, 'untraced')
    const [old, recent] = ['a', 'b'].map(digit => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)
    for (const headers of [
      [{ traceparent: old }, { traceparent: recent }],
      [{ traceparent: Buffer.from([0xff, 0x00, 0xfe]) }],
      [{ traceparent: '0'.repeat(100_000) }],
      undefined,
    ])
      producer.produce(topic, 0, Buffer.from('v'), null, undefined, undefined, headers)
    await called(done => producer.flush(5000, done))
    const consumer = await rdkafka.consumer(topic)
    consumer.on('data', () => {})
    const startup = tracer.startSpan('startup')
    context.with(trace.setSpan(context.active(), startup), () => consumer.consume())
    const processed = await until('4 spans', () => {
      const found = spans.named(`process ${topic}`)
      return found.length === 4 && found
    })
    assert.deepEqual(
      processed.map(span => span.parentSpanContext?.spanId),
      ['b'.repeat(16), undefined, undefined, undefined],
    )
    const traces = new Set([...processed, startup].map(span => span.spanContext().traceId))
    assert.equal(traces.size, 5)
  })

  test(titled('streams: what is written keeps its context, what is read has its span'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await kafka.topic()
    for (const objectMode of [true, false]) {
      const out = traceRdkafka(
        rdkafka.module.createWriteStream(rdkafka.config(), {}, { objectMode, topic, pollInterval: 10 }),
      )
      const requests = ['0', '1', '2'].map(name => tracer.startSpan(name))
      for (const [i, request] of requests.entries())
        context.with(trace.setSpan(context.active(), request), () => {
          const value = Buffer.from(String(i))
          out.write(objectMode ? Object.freeze({ topic, value, opaque: i }) : value)
        })
      await new Promise<void>(resolve => void out.once('close', resolve).end())
      assert.deepEqual(
        spans.named(`send ${topic}`).map(span => span.parentSpanContext?.spanId),
        requests.map(request => request.spanContext().spanId),
      )
      if (objectMode) spans.clear()
    }
    const input = readStream(rdkafka, topic)
    const seen: unknown[] = []
    input.on('data', async () => {
      seen.push(active())
      await new Promise(resolve => setImmediate(resolve))
    })
    const processed = await until('6 messages', () => {
      const found = spans.named(`process ${topic}`)
      return found.length === 6 && found
    })
    assert.deepEqual(
      seen,
      processed.map(span => span.spanContext().spanId),
    )
    const read = new Promise<void>(resolve => void input.once('close', resolve))
    input.destroy()
    await read
  })

  test(titled('a loop over a read stream has its message in scope, turn by turn, and leaves it'), async t => {
    const rdkafka = await using(client, t)
    if (rdkafka === undefined) return
    const topic = await topicOf(['0', '1', '2', '3'])
    const producers = spans.named(`send ${topic}`).map(span => span.spanContext().spanId)
    const input = readStream(rdkafka, topic)
    const turns: (string | undefined)[] = []
    for await (const message of input as AsyncIterable<RdkafkaMessage>) {
      await new Promise(resolve => setImmediate(resolve))
      tracer.startSpan(`db-${message.value}`).end()
      turns.push(active())
      assert.equal(trace.getSpanContext(contextOf(message))?.spanId, active())
      // A handler that shall show its failures; the turn's span is the message's own.
      if (turns.length === 2)
        await assert.rejects(async () => processEach([message], () => Promise.reject(new Error('no'))))
      if (turns.length === 3) break
    }
    assert.equal(active(), undefined)
    const processed = spans.named(`process ${topic}`)
    assert.deepEqual(
      processed.map(span => span.spanContext().spanId),
      turns,
    )
    assert.deepEqual(
      processed.map(span => [span.parentSpanContext?.spanId, span.status.message]),
      [
        [producers[0], undefined],
        [producers[1], 'no'],
        [producers[2], undefined],
      ],
    )
    for (const [i, turn] of turns.entries())
      assert.equal(spans.one(`db-${i}`).parentSpanContext?.spanId, turn)
  })
}

test('its spans have no attribute that the README does not have', async () => {
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
