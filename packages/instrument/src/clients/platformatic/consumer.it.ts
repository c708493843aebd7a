import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { carriedContextOf, contextOf, deadLetter, processEach, processMessage } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testKafka } from '../../testing/kafka.ts'
import type { TextMessage } from '../../testing/platformatic.ts'
import { platformaticVersions, testPlatformatic } from '../../testing/platformatic.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()
const tracer = trace.getTracer('test')

beforeEach(() => spans.clear())

const activeId = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId

for (const version of platformaticVersions) {
  const clients = await testPlatformatic(kafka, version)
  const isOld = version !== '@platformatic/kafka'

  /** Sends messages with these values, each under a span and baggage of its own, to one partition. */
  const send = async (topic: string, values: readonly string[]): Promise<void> => {
    const producer = clients.producer()
    for (const value of values) {
      const baggage = propagation.createBaggage({ n: { value } })
      await context.with(propagation.setBaggage(context.active(), baggage), () =>
        producer.send({ messages: [{ topic, key: `k${value}`, value, partition: 0 }] }),
      )
    }
  }
  const sendIds = (topic: string): readonly string[] =>
    spans.named(`send ${topic}`).map(span => span.spanContext().spanId)
  const parentIds = (topic: string): readonly (string | undefined)[] =>
    spans.named(`process ${topic}`).map(span => span.parentSpanContext?.spanId)
  const processed = (topic: string, count: number) =>
    until(`${count} process spans`, () => {
      const found = spans.named(`process ${topic}`)
      return found.length === count && found
    })

  describe(`a consumer of ${version}`, () => {
    test('for await: a CONSUMER span as long as the turn, child of the producer, in scope', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1', '2'])
      const seen: unknown[] = []
      for await (const message of await clients.consume(topic, {}, { groupId: `group-${topic}` })) {
        const before = activeId()
        await new Promise(resolve => setImmediate(resolve))
        const { n } = Object.fromEntries(propagation.getActiveBaggage()?.getAllEntries() ?? [])
        seen.push([
          message.value,
          n?.value,
          before === activeId(),
          trace.getSpan(contextOf(message)) === trace.getActiveSpan(),
        ])
        if (message.value === '2') break
      }
      assert.equal(activeId(), undefined)
      assert.deepEqual(
        seen,
        ['0', '1', '2'].map(n => [n, n, true, true]),
      )
      assert.deepEqual(parentIds(topic), sendIds(topic))
      const [span] = spans.named(`process ${topic}`)
      assert.equal(span?.kind, SpanKind.CONSUMER)
      const {
        'waybill.message.queue_duration': queued,
        'messaging.kafka.cluster.id': clusterId,
        ...attributes
      } = span?.attributes ?? {}
      assert.ok(Number(queued) >= 0 && Number(queued) < 60)
      assert.equal(typeof clusterId, isOld ? 'undefined' : 'string')
      const [host, port] = String(kafka.brokers[0]).split(':')
      assert.deepEqual(attributes, {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': '0',
        'messaging.kafka.message.key': 'k0',
        'messaging.kafka.offset': 0,
        'messaging.client.id': 'test-client',
        'messaging.consumer.group.name': `group-${topic}`,
        'waybill.batch.position': 0,
        'waybill.message.lag': 3,
        ...(!isOld && { 'server.address': host, 'server.port': Number(port) }),
      })
    })

    test('a poll span for what came together: a root that links every producer, linked by the processing', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1'])
      for await (const message of await clients.consume(topic)) if (message.value === '1') break
      const poll = spans.one(`poll ${topic}`)
      assert.equal(poll.kind, SpanKind.CLIENT)
      assert.equal(poll.parentSpanContext, undefined)
      assert.equal(poll.attributes['messaging.batch.message_count'], 2)
      assert.deepEqual(
        poll.links.map(link => [link.context.spanId, link.attributes?.['messaging.kafka.offset']]),
        sendIds(topic).map((id, offset) => [id, offset]),
      )
      for (const span of spans.named(`process ${topic}`))
        assert.deepEqual(
          span.links.map(link => link.context.spanId),
          [poll.spanContext().spanId],
        )
    })

    test('for await leaks nothing: not to the caller, to the next turn, out of break, throw and the end', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1', '2', '3'])
      const request = tracer.startSpan('request')
      const late: Promise<unknown>[] = []
      const leaks: unknown[] = []
      const outside = (what: string): void => void (trace.getActiveSpan() === request || leaks.push(what))
      const loop = async (ending: 'break' | 'throw' | 'end'): Promise<void> => {
        const given = ending === 'end' ? { maxFetches: 1 } : {}
        const stream = await clients.consume(topic, {}, given)
        const read = async (): Promise<void> => {
          let turns = 0
          for await (const message of stream) {
            const id = activeId()
            late.push(
              new Promise(resolve => setTimeout(resolve, 20)).then(
                () => id === activeId() || leaks.push(message.value),
              ),
            )
            if (trace.getSpan(contextOf(message))?.spanContext().spanId !== id)
              leaks.push(`in ${message.value}`)
            if (++turns < 3) continue
            if (ending === 'break') break
            if (ending === 'throw') throw new Error('within')
          }
          outside(`after ${ending}`)
        }
        const reading = read()
        outside('the caller')
        await new Promise(resolve => setImmediate(resolve))
        outside('the caller later')
        await reading.catch(() => outside('catch'))
        outside('who awaited')
        await stream.close()
      }
      await context.with(trace.setSpan(context.active(), request), async () => {
        for (const ending of ['break', 'throw', ...(isOld ? [] : ['end' as const])] as const)
          await loop(ending)
        outside('the end')
      })
      await Promise.all(late)
      assert.deepEqual(leaks, [])
    })

    test('data: every listener runs in the span of its message, which ends when they have settled', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1', '2'])
      const stream = await clients.consume(topic)
      const seen: unknown[] = []
      const onData = async (message: TextMessage): Promise<void> => {
        const id = activeId()
        await new Promise(resolve => setTimeout(resolve, 10 * (3 - Number(message.value))))
        seen.push([message.value, id !== undefined && id === activeId()])
      }
      const second: unknown[] = []
      stream.once('data', () => void second.push(activeId()))
      stream.on('data', onData)
      const found = await processed(topic, 3)
      assert.deepEqual(
        seen.sort(),
        ['0', '1', '2'].map(n => [n, true]),
      )
      assert.deepEqual(found.map(span => span.parentSpanContext?.spanId).sort(), [...sendIds(topic)].sort())
      const first = found.find(span => span.attributes['messaging.kafka.offset'] === 0)
      assert.deepEqual(second, [first?.spanContext().spanId])
      assert.ok(Number(first?.duration[1]) >= 25e6, 'as long as its listener')
      assert.deepEqual(stream.listeners('data'), [onData])
      stream.off('data', onData)
      assert.equal(stream.listenerCount('data'), 0)
      await stream.close()
    })

    test('processMessage and processEach: errors are the span’s, in a loop too', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1'])
      const error = Object.assign(new Error('too early'), { name: 'TooEarly' })
      const values: string[] = []
      const reading = processEach(await clients.consume(topic), async (message, index) => {
        values.push(`${index}:${message.value}`)
        if (message.value === '1') throw error
      })
      await assert.rejects(reading, error)
      assert.deepEqual(values, ['0:0', '1:1'])
      const [fine, failed, ...more] = spans.named(`process ${topic}`)
      assert.deepEqual(more, [])
      assert.equal(fine?.status.code, SpanStatusCode.UNSET)
      assert.equal(failed?.status.code, SpanStatusCode.ERROR)
      assert.equal(failed?.attributes['error.type'], 'TooEarly')
      assert.equal(failed?.events.length, 1)
    })

    test('handlers that outlive their turn keep the span; a message taken up later has another', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1'])
      const kept: TextMessage[] = []
      const handlers: Promise<string | undefined>[] = []
      for await (const message of await clients.consume(topic)) {
        kept.push(message)
        handlers.push(
          processMessage(message, async () => {
            await new Promise(resolve => setTimeout(resolve, 20))
            return activeId()
          }),
        )
        if (kept.length === 2) break
      }
      assert.equal(spans.named(`process ${topic}`).length, 0)
      const ids = await Promise.all(handlers)
      assert.deepEqual(
        spans.named(`process ${topic}`).map(span => span.spanContext().spanId),
        ids,
      )
      const [first] = kept
      assert.ok(first)
      const again = processMessage(first, activeId)
      assert.notEqual(again, ids[0])
      assert.deepEqual(parentIds(topic), [...sendIds(topic), sendIds(topic)[0]])
    })

    test('read, pipe and operators: contexts stay findable, and nothing of one message is in another', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1', '2'])
      const { Writable } = await import('node:stream')
      const seen: unknown[] = []
      const stream = await clients.consume(topic)
      const sink = new Writable({
        objectMode: true,
        write(message: TextMessage, _, done) {
          seen.push([message.value, activeId(), trace.getSpanContext(carriedContextOf(message))?.spanId])
          processMessage(message, () => setTimeout(done, 5))
        },
      })
      stream.pipe(sink)
      await processed(topic, 3)
      // A sink calls for the next message from within the last one's work: there AsyncLocalStorage has that one's.
      assert.deepEqual(
        seen.map(entry => (entry as unknown[])[2]),
        sendIds(topic),
      )
      assert.equal((seen[0] as unknown[])[1], undefined)
      stream.unpipe(sink)
      await stream.close()
      spans.clear()

      const mapped = await (await clients.consume(topic))
        .map(async (message: TextMessage) => {
          await new Promise(resolve => setImmediate(resolve))
          return [message.value, activeId() === trace.getSpan(contextOf(message))?.spanContext().spanId]
        })
        .take(3)
        .toArray()
      assert.deepEqual(
        mapped,
        ['0', '1', '2'].map(n => [n, true]),
      )
    })

    test('repeated headers: the last counts and none is lost; rubbish and no context start a trace', async () => {
      const topic = await kafka.topic()
      const [old, recent] = ['a', 'b'].map(digit =>
        Buffer.from(`00-${digit.repeat(32)}-${digit.repeat(16)}-01`),
      )
      const bytes = (...pairs: readonly (readonly [string, Buffer | undefined])[]) => ({
        topic,
        value: Buffer.from('v'),
        headers: new Map(pairs.map(([name, value]) => [Buffer.from(name), value])),
      })
      await clients.producer('untraced', { serializers: {} }).send({
        messages: [
          bytes(
            ['traceparent', old],
            ['a', Buffer.from('1')],
            ['a', Buffer.from('2')],
            ['traceparent', recent],
          ),
          bytes(['traceparent', Buffer.from([0xff, 0x00, 0xfe])]),
          bytes(['traceparent', Buffer.from('0'.repeat(100_000))]),
          bytes(),
        ] as never,
      })
      const startup = tracer.startSpan('startup')
      for (const deserializers of [undefined, {}, { headerValue: () => ({ some: 'object' }) }]) {
        spans.clear()
        const entries: unknown[] = []
        await context.with(trace.setSpan(context.active(), startup), async () => {
          let count = 0
          const given = deserializers === undefined ? {} : { deserializers }
          for await (const message of await clients.consume(topic, {}, given)) {
            if (count++ === 0) entries.push(...(message.headerEntries ?? []))
            if (count === 4) break
          }
        })
        if (!isOld) assert.equal(entries.length, 4)
        assert.deepEqual(parentIds(topic), ['b'.repeat(16), undefined, undefined, undefined])
        const traces = spans.named(`process ${topic}`).map(span => span.spanContext().traceId)
        assert.equal(traces[0], 'b'.repeat(32))
        assert.equal(new Set([...traces, startup.spanContext().traceId]).size, 5)
      }
    })

    test('tombstones, dead letters, rules and continue', async () => {
      const [topic, dead] = [await kafka.topic(), await kafka.topic()]
      const producer = clients.producer()
      await producer.send({ messages: [{ topic, key: 'k', value: undefined as never }] }).catch(() => {})
      await send(topic, ['1'])
      const options = { continue: 'both', rules: [{ operation: 'receive', skip: true }] } as const
      for await (const message of await clients.consume(topic, options)) {
        if (message.value !== '1') continue
        const letter = deadLetter(message, new TypeError('broken'))
        await producer.send({ messages: [{ topic: dead, ...letter } as never] })
        break
      }
      assert.deepEqual(spans.named(`poll ${topic}`), [])
      const span = spans.named(`process ${topic}`).at(-1)
      const sent = sendIds(topic).at(-1)
      assert.equal(span?.parentSpanContext?.spanId, sent)
      assert.deepEqual(
        span?.links.map(link => link.context.spanId),
        [sent],
      )
      assert.equal(spans.one(`send ${dead}`).parentSpanContext?.spanId, span?.spanContext().spanId)
      for await (const message of await clients.consume(dead)) if (message) break
      const letter = spans.one(`process ${dead}`)
      assert.equal(letter.attributes['waybill.dead_letter.destination'], topic)
      assert.equal(letter.attributes['waybill.dead_letter.reason'], 'TypeError')
    })

    test('commits that the application asks for have a span, those of the client have none', async () => {
      const topic = await kafka.topic()
      await send(topic, ['0', '1'])
      const consumer = clients.consumer()
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
      const outcomes: unknown[] = []
      for await (const message of stream) {
        if (message.value === '0') outcomes.push(await message.commit())
        else {
          const error = await new Promise(resolve => {
            const returned = message.commit(failure => resolve([failure ?? null, activeId() !== undefined]))
            outcomes.push(returned)
          })
          outcomes.push(error)
          break
        }
      }
      assert.deepEqual(outcomes, [undefined, undefined, [null, true]])
      const commits = spans.named(`commit ${topic}`)
      assert.deepEqual(
        commits.map(span => [
          span.kind,
          span.attributes['messaging.operation.type'],
          span.attributes['messaging.kafka.offset'],
        ]),
        [
          [SpanKind.CLIENT, 'settle', 0],
          [SpanKind.CLIENT, 'settle', 1],
        ],
      )
      assert.deepEqual(
        commits.map(span => span.parentSpanContext?.spanId),
        spans.named(`process ${topic}`).map(span => span.spanContext().spanId),
      )
      spans.clear()
      await consumer.commit({ offsets: [{ topic, partition: 0, offset: 2n, leaderEpoch: 0 }] })
      assert.equal(spans.one(`commit ${topic}`).attributes['messaging.kafka.offset'], 1)
      spans.clear()
      for await (const message of await clients.consume(topic, {}, { autocommit: true })) if (message) break
      assert.deepEqual(spans.named(`commit ${topic}`), [])
    })
  })
}

test('its spans have no attribute that the README does not have', async () => {
  assert.ok(spans.seen().length > 0)
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
