import assert from 'node:assert/strict'
import { once } from 'node:events'
import { beforeEach, describe, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import type { TextMessage } from '../../testing/platformatic.ts'
import { platformaticVersions, testPlatformatic } from '../../testing/platformatic.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'

const spans = collectSpans()
const kafka = testKafka()
const tracer = trace.getTracer('test')

const warnings: string[] = []
process.on('warning', ({ name, message }) => {
  if (name === 'WaybillInstrument') warnings.push(message)
})

beforeEach(() => spans.clear())

for (const version of platformaticVersions) {
  const clients = await testPlatformatic(kafka, version)
  const isOld = version !== '@platformatic/kafka'

  /** What an untraced consumer finds on a topic. */
  const read = async (topic: string, count: number, given: object = {}): Promise<readonly TextMessage[]> => {
    const found: TextMessage[] = []
    const stream = await clients.consume(topic, 'untraced', { groupId: `reads-${topic}`, ...given })
    const places = new Set<string>()
    for await (const message of stream) {
      // A consumer that is given its partitions anew reads some messages again.
      const place = `${message.partition}@${message.offset}`
      if (places.has(place)) continue
      places.add(place)
      if (found.push(message) === count) break
    }
    return found
  }
  const parentOf = (message: TextMessage | undefined): string | undefined =>
    message?.headers.get('traceparent')?.slice(36, 52)

  describe(`a producer of ${version}`, () => {
    test('a send has a PRODUCER span with what the conventions ask for, completed from the answer', async () => {
      const topic = await kafka.topic()
      const producer = clients.producer()
      const result = await producer.send({ messages: [{ topic, key: 'k1', value: 'v' }] })
      assert.deepEqual(result.offsets, [
        { topic, partition: 0, ...(isOld ? { offset: result.offsets?.[0]?.offset } : { offset: 0n }) },
      ])
      const span = spans.one(`send ${topic}`)
      assert.equal(span.kind, SpanKind.PRODUCER)
      assert.equal(span.status.code, SpanStatusCode.UNSET)
      const { 'messaging.kafka.cluster.id': clusterId, ...attributes } = span.attributes
      const [host, port] = String(kafka.brokers[0]).split(':')
      assert.equal(typeof clusterId, isOld ? 'undefined' : 'string')
      assert.deepEqual(attributes, {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': topic,
        'messaging.client.id': 'test-client',
        'messaging.kafka.message.key': 'k1',
        'messaging.destination.partition.id': '0',
        'messaging.kafka.offset': 0,
        ...(!isOld && { 'server.address': host, 'server.port': Number(port) }),
      })
      const [message] = await read(topic, 1)
      assert.deepEqual(
        [...(message?.headers ?? [])],
        [['traceparent', `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`]],
      )
    })

    test('headers as a Map and as an object, frozen and shared, are copied; stale contexts are replaced', async () => {
      const topic = await kafka.topic()
      const producer = clients.producer()
      const map = new Map([
        ['a', '1'],
        ['traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`],
        ['tracestate', 'x=1'],
      ])
      const before = [...map]
      const shared = Object.freeze({ a: '1', baggage: 'tenant=a' })
      const messages = Object.freeze([
        Object.freeze({ topic, value: '0', headers: map }),
        Object.freeze({ topic, value: '1', headers: shared }),
        Object.freeze({ topic, value: '2', headers: shared }),
        Object.freeze({ topic, value: '3', headers: {} }),
      ])
      const parent = tracer.startSpan('request')
      await context.with(trace.setSpan(context.active(), parent), () =>
        producer.send(Object.freeze({ messages: messages as never })),
      )
      assert.deepEqual([...map], before)
      const sent = spans.named(`send ${topic}`)
      const found = await read(topic, 4)
      assert.deepEqual(
        found.map(parentOf),
        sent.map(span => span.spanContext().spanId),
      )
      assert.deepEqual(
        found.map(({ headers }) => [...headers.keys()].sort()),
        [
          ['a', 'traceparent'],
          ['a', 'baggage', 'traceparent'],
          ['a', 'baggage', 'traceparent'],
          ['traceparent'],
        ],
      )
      assert.equal(sent[0]?.links[0]?.context.spanId, 'b'.repeat(16))
      assert.deepEqual(
        sent.map(span => span.attributes['messaging.kafka.offset']),
        [0, 1, 2, 3],
      )
    })

    test('without serializers, headers of ours are bytes; and repeated ones among the others stay', async () => {
      const topic = await kafka.topic()
      const producer = clients.producer({}, { serializers: undefined })
      const headers = new Map([
        [Buffer.from('a'), Buffer.from('1')],
        [Buffer.from('a'), Buffer.from('2')],
      ])
      const bytes = { topic, value: Buffer.from('v') }
      await producer.send({ messages: [bytes, { ...bytes, headers }, { ...bytes, headers: {} }] as never })
      const sent = spans.named(`send ${topic}`).map(span => span.spanContext().spanId)
      const found = await read(topic, 3, { deserializers: {} })
      const texts = found.map(message =>
        [...(message.headers as ReadonlyMap<unknown, unknown>)].map(pair => pair.map(String)),
      )
      assert.deepEqual(
        texts.map(pairs => pairs.at(-1)?.[1]?.slice(36, 52)),
        sent,
      )
      assert.deepEqual(texts[1]?.slice(0, 2), [
        ['a', '1'],
        ['a', '2'],
      ])
    })

    test('keys of headers as texts with values as bytes', async () => {
      const topic = await kafka.topic()
      const { stringSerializer } = clients.module
      const serializers = { key: stringSerializer, value: stringSerializer, headerKey: stringSerializer }
      const producer = clients.producer({}, { serializers })
      await producer.send({
        messages: [
          { topic, value: '0', headers: { a: Buffer.from('1') } },
          { topic, value: '1', headers: new Map([['a', Buffer.from('1')]]) },
          { topic, value: '2' },
        ] as never,
      })
      const sent = spans.named(`send ${topic}`).map(span => span.spanContext().spanId)
      const found = await read(topic, 3)
      assert.deepEqual(found.map(parentOf), sent)
      assert.deepEqual(
        found.map(({ headers }) => headers.get('a')),
        ['1', '1', undefined],
      )
    })

    test('serializers that no header of ours would pass: the message goes without, and arrives', async () => {
      const topic = await kafka.topic()
      const { stringSerializer } = clients.module
      const serializers = {
        key: stringSerializer,
        value: stringSerializer,
        headerKey: stringSerializer,
        headerValue: (value: unknown) => Buffer.from((value as { text: string }).text.toUpperCase()),
      }
      const producer = clients.producer({}, { serializers })
      await producer.send({ messages: [{ topic, value: 'v', headers: { a: { text: 'x' } } }] as never })
      const [message] = await read(topic, 1)
      assert.deepEqual([...(message?.headers ?? [])], [['a', 'X']])
      assert.equal(spans.one(`send ${topic}`).attributes['messaging.kafka.offset'], 0)
    })

    test('callbacks get what they would without us, in the context of the call', async () => {
      const topic = await kafka.topic()
      const producer = clients.producer()
      const parent = tracer.startSpan('request')
      const outcome = await context.with(
        trace.setSpan(context.active(), parent),
        () =>
          new Promise<unknown[]>(resolve => {
            const returned = producer.send({ messages: [{ topic, value: 'v' }] }, (error, result) =>
              resolve([returned, error, result?.offsets?.length, trace.getActiveSpan() === parent]),
            )
          }),
      )
      assert.deepEqual(outcome, [undefined, null, 1, true])
      assert.equal(spans.one(`send ${topic}`).parentSpanContext?.spanId, parent.spanContext().spanId)
    })

    test('partitions: given ones, and where the answer tells', async () => {
      const [a, b] = [await kafka.topic(2), await kafka.topic()]
      const producer = clients.producer()
      await producer.send({
        messages: [
          { topic: a, value: '0', partition: 1 },
          { topic: b, value: '1' },
          { topic: a, value: '2', partition: 0 },
          { topic: a, value: '3', partition: 1 },
        ],
      })
      assert.deepEqual(placesOf(spans.named(`send ${a}`)), ['1@0', '0@0', '1@1'])
      assert.deepEqual(placesOf(spans.named(`send ${b}`)), ['0@0'])
    })

    test('partitions: by a partitioner, and by the hash of keys, as they are read', async () => {
      for (const partitioner of [undefined, ({ value }: { value?: unknown }) => Number(value) + 3]) {
        const topic = await kafka.topic(3)
        const producer = clients.producer({}, { ...(partitioner && { partitioner }) })
        await producer.metadata({ topics: [topic] })
        const messages = Array.from({ length: 12 }, (_, i) => ({ topic, key: `key-${i}`, value: String(i) }))
        await producer.send({ messages })
        const found = new Map(
          (await read(topic, 12)).map(({ value, partition, offset }) => [value, `${partition}@${offset}`]),
        )
        // The first versions do not tell how many partitions there are: what is not sure is not said.
        const expected = messages.map(({ value }) => (isOld ? undefined : found.get(value)))
        const said = messages.map(({ key }) => placesByKey(topic).get(key))
        assert.deepEqual(
          said.map(place => (place?.endsWith('@undefined') ? undefined : place)),
          expected,
        )
      }
    })

    test('of keyless messages in several partitions, no place is guessed', async () => {
      const topic = await kafka.topic(2)
      await clients.producer().send({ messages: ['0', '1', '2'].map(value => ({ topic, value })) })
      assert.deepEqual(placesOf(spans.named(`send ${topic}`)), Array(3).fill('undefined@undefined'))
    })

    test('one span for a call, or one for the call and one for each message, for each topic', async () => {
      const [a, b] = [await kafka.topic(), await kafka.topic()]
      const messages = [a, b, a].map((topic, i) => ({ topic, value: String(i) }))
      await clients.producer({ sends: 'bulk' }).send({ messages })
      assert.equal(spans.one(`send ${a}`).attributes['messaging.batch.message_count'], 2)
      assert.equal(spans.one(`send ${b}`).attributes['messaging.kafka.offset'], 0)
      const ids = (await read(a, 2)).map(parentOf)
      assert.deepEqual(ids, Array(2).fill(spans.one(`send ${a}`).spanContext().spanId))
      spans.clear()
      await clients.producer({ sends: 'create' }).send({ messages })
      assert.equal(spans.named(`create ${a}`).length, 2)
      assert.equal(spans.one(`send ${a}`).links.length, 2)
    })

    test('a send that fails does so as without us, and marks the span of every message', async () => {
      const topic = await kafka.topic()
      const wrong = {
        messages: [
          { topic, value: '1' },
          { topic, value: '2' },
        ],
        acks: 7 as never,
      }
      const own = await clients
        .producer('untraced')
        .send({ ...wrong })
        .catch((error: Error) => error)
      const traced = await clients
        .producer()
        .send({ ...wrong })
        .catch((error: Error) => error)
      assert.ok(own instanceof Error && traced instanceof Error)
      assert.equal(traced.message, own.message)
      assert.deepEqual(
        spans
          .named(`send ${topic}`)
          .map(({ status, events, attributes }) => [status.code, events.length, attributes['error.type']]),
        [
          [SpanStatusCode.ERROR, 1, 'INVALID_REQUIRED_ACKS'],
          [SpanStatusCode.ERROR, 0, 'INVALID_REQUIRED_ACKS'],
        ],
      )
    })

    test('what the client refuses, it refuses', async () => {
      for (const wrong of [
        undefined,
        {},
        { messages: [null] },
        { messages: [{ value: 'v' }] },
        { messages: 7 },
      ]) {
        const outcome = async (options: 'untraced' | object): Promise<unknown> => {
          try {
            return await clients.producer(options, { retries: 0 }).send(wrong as never)
          } catch (error) {
            return String(error)
          }
        }
        assert.equal(await outcome({}), await outcome('untraced'))
      }
      assert.deepEqual(spans.all(), [])
    })

    test('tracing a producer again replaces the options; something else is left alone', async () => {
      const { tracePlatformatic } = await import('../../index.ts')
      const topic = await kafka.topic()
      const producer = clients.producer()
      assert.equal(tracePlatformatic(producer, { rules: [{ name: 'once' }] }), producer)
      await producer.send({ messages: [{ topic, value: 'v' }] })
      assert.deepEqual(
        spans.all().map(span => span.name),
        ['once'],
      )
      const stranger = Object.freeze({ send() {} })
      assert.equal(tracePlatformatic(stranger), stranger)
      const untraced = clients.producer('untraced')
      const frozen = Object.defineProperty(untraced, 'send', { value: untraced.send })
      assert.equal(tracePlatformatic(frozen), frozen)
      spans.clear()
      await frozen.send({ messages: [{ topic, value: 'v' }] })
      assert.deepEqual(spans.all(), [])
      assert.deepEqual(warnings, [
        'tracePlatformatic was given something that is no producer or consumer of @platformatic/kafka',
        'A client could not be traced: Cannot redefine property: send',
      ])
    })
  })
}

function placesOf(
  found: readonly { readonly attributes: Readonly<Record<string, unknown>> }[],
): readonly string[] {
  return found.map(
    ({ attributes }) =>
      `${attributes['messaging.destination.partition.id']}@${attributes['messaging.kafka.offset']}`,
  )
}

function placesByKey(topic: string): ReadonlyMap<unknown, string | undefined> {
  return new Map(
    spans
      .named(`send ${topic}`)
      .map(span => [span.attributes['messaging.kafka.message.key'], placesOf([span])[0]]),
  )
}

const latest = await testPlatformatic(kafka)

test('a transaction: its sends are traced, and the offsets that it commits', async () => {
  const [from, to] = [await kafka.topic(), await kafka.topic()]
  await latest.producer().send({ messages: [{ topic: from, value: '1' }] })
  const producer = latest.producer({}, { idempotent: true, transactionalId: `tx-${to}` })
  const consumer = latest.consumer()
  const transaction = await producer.beginTransaction({})
  await transaction.addConsumer(consumer)
  for await (const message of await consumer.consume({
    topics: [from],
    mode: 'earliest',
    autocommit: false,
  })) {
    await transaction.send({ messages: [{ topic: to, value: message.value }] })
    await transaction.addOffset(message)
    break
  }
  await transaction.commit()
  const sent = spans.one(`send ${to}`)
  assert.equal(sent.attributes['messaging.kafka.offset'], 0)
  const processed = spans.one(`process ${from}`).spanContext().spanId
  assert.equal(sent.parentSpanContext?.spanId, processed)
  const committed = spans.one(`commit ${from}`)
  assert.equal(committed.parentSpanContext?.spanId, processed)
  assert.equal(committed.attributes['messaging.kafka.offset'], 0)
})

test("a producer's stream: each message goes with the context in which it was written", async () => {
  const topic = await kafka.topic()
  const producer = latest.producer()
  const stream = producer.asStream({ batchSize: 3, batchTime: 60_000 })
  const flushed = once(stream, 'flush')
  const requests = ['0', '1', '2'].map(value => {
    const request = tracer.startSpan(`request ${value}`)
    const baggage = propagation.createBaggage({ n: { value } })
    const scope = propagation.setBaggage(trace.setSpan(context.active(), request), baggage)
    context.with(scope, () => {
      if (value === '2') stream.end({ topic, value })
      else stream.write({ topic, value })
    })
    return request.spanContext().spanId
  })
  await flushed
  assert.deepEqual(
    spans.named(`send ${topic}`).map(span => span.parentSpanContext?.spanId),
    requests,
  )
  const found: (string | undefined)[] = []
  for await (const message of await latest.consume(topic, 'untraced'))
    if (found.push(message.headers.get('baggage')) === 3) break
  assert.deepEqual(found, ['n=0', 'n=1', 'n=2'])
})

test('its spans have no attribute that the README does not have', async () => {
  assert.ok(spans.seen().length > 0)
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
