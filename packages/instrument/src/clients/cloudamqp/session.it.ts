import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { beforeEach, test } from 'node:test'
import type { AMQPMessage, AMQPSession } from '@cloudamqp/amqp-client'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { contextOf, processMessage } from '../../index.ts'
import { cloudamqps, testCloudamqps } from '../../testing/cloudamqp.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { until } from '../../testing/until.ts'
import { traceAmqpClient } from './trace.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const clients = testCloudamqps(rabbitmq)
const tracer = trace.getTracer('test')
const producer = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
const traceparent = `00-${producer.traceId}-${producer.spanId}-01`

beforeEach(() => spans.clear())

for (const version of cloudamqps.filter(({ hasSessions }) => hasSessions)) {
  const { title } = version
  const connect = async (): Promise<AMQPSession> => traceAmqpClient(await clients.session(version))

  test(`${title}: queues and exchanges publish in the active span, confirmed or not`, async () => {
    const name = await rabbitmq.queue()
    const session = await connect()
    const queue = await session.queue(name, { passive: true })
    const exchange = await session.directExchange('')
    const request = tracer.startSpan('request')
    await context.with(trace.setSpan(context.active(), request), async () => {
      await queue.publish('1')
      await queue.publish('2', { confirm: false, headers: { own: 'kept' } })
      await exchange.publish('3', { routingKey: name })
    })
    const sent = spans.named(`publish ${name}`)
    for (const [i, own] of [undefined, 'kept', undefined].entries()) {
      const span = sent[i]
      assert.equal(span?.parentSpanContext?.spanId, request.spanContext().spanId)
      const { headers } = (await rabbitmq.take(name)).properties
      assert.equal(headers?.['own'], own)
      const { traceId, spanId } = span?.spanContext() ?? {}
      assert.equal(headers?.['traceparent'], `00-${traceId}-${spanId}-01`)
    }
  })

  test(`${title}: a subscription's handler runs in its message's span, which shows what it throws`, async () => {
    const name = await rabbitmq.queue()
    const session = await connect()
    const queue = await session.queue(name, { passive: true })
    let calls = 0
    const subscription = await queue.subscribe({ prefetch: 5 }, async message => {
      assert.equal(trace.getSpan(contextOf(message)), trace.getActiveSpan())
      if (calls++ === 0) throw new TypeError('not yet')
    })
    await rabbitmq.send('', name, 'body', { headers: { traceparent } })
    await until('the acknowledgement', () => spans.named(`ack ${name}`).length === 1)
    await subscription.cancel()
    const [first, second, ...more] = spans.named(`process ${name}`)
    assert.deepEqual(more, [])
    assert.equal(first?.parentSpanContext?.spanId, producer.spanId)
    assert.equal(first?.attributes['error.type'], 'TypeError')
    assert.equal(first?.events.length, 1)
    assert.equal(second?.attributes['error.type'], undefined)
    assert.equal(second?.attributes['waybill.message.attempt'], 2)
    assert.equal(spans.one(`nack ${name}`).parentSpanContext?.spanId, first?.spanContext().spanId)
    assert.equal(spans.one(`ack ${name}`).parentSpanContext?.spanId, second?.spanContext().spanId)
  })

  test(`${title}: subscribing with a handler alone, and acknowledging oneself`, async () => {
    const name = await rabbitmq.queue()
    const queue = await (await connect()).queue(name, { passive: true })
    const alone = await queue.subscribe(() => {})
    await rabbitmq.send('', name, '1')
    await until('the acknowledgement', () => spans.named(`ack ${name}`).length === 1)
    await alone.cancel()
    const manual = await queue.subscribe({ manualAck: true }, message => message.reject(false))
    await rabbitmq.send('', name, '2')
    await until('the rejection', () => spans.named(`process ${name}`).length === 2)
    await manual.cancel()
    assert.equal(
      spans.one(`reject ${name}`).parentSpanContext?.spanId,
      spans.named(`process ${name}`)[1]?.spanContext().spanId,
    )
  })

  test(`${title}: a loop over a subscription has each message's span in scope, until the next one is asked for`, async () => {
    const name = await rabbitmq.queue()
    const next = await rabbitmq.queue()
    const session = await connect()
    const queue = await session.queue(name, { passive: true })
    const forwarding = await session.directExchange('')
    const subscription = await queue.subscribe({ prefetch: 10 })
    for (const body of ['1', '2', '3']) await rabbitmq.send('', name, body, { headers: { traceparent } })
    const ambient = tracer.startSpan('ambient')
    const active: (string | undefined)[] = []
    await context.with(trace.setSpan(context.active(), ambient), async () => {
      for await (const message of subscription) {
        assert.equal(spans.named(`process ${name}`).length, active.length)
        assert.equal(trace.getActiveSpan(), trace.getSpan(contextOf(message)))
        active.push(trace.getActiveSpan()?.spanContext().spanId)
        await forwarding.publish('on', { routingKey: next })
        if (active.length === 3) break
      }
      assert.equal(trace.getActiveSpan(), ambient)
    })
    const processed = spans.named(`process ${name}`)
    assert.deepEqual(
      processed.map(span => span.spanContext().spanId),
      active,
    )
    assert.deepEqual(
      processed.map(span => span.parentSpanContext?.spanId),
      Array(3).fill(producer.spanId),
    )
    const parentsOf = (spanName: string) => spans.named(spanName).map(span => span.parentSpanContext?.spanId)
    assert.deepEqual(parentsOf(`publish ${next}`), active)
    assert.deepEqual(parentsOf(`ack ${name}`), active.slice(0, 2))
  })

  test(`${title}: a message that no loop took has a span until it is settled`, async () => {
    const name = await rabbitmq.queue()
    const channel = await traceAmqpClient(await clients.client(version)).channel()
    const consumer = await channel.basicConsume(name, { noAck: false })
    await rabbitmq.send('', name, 'body', { headers: { traceparent } })
    const message = (await consumer.messages.next()).value as AMQPMessage
    assert.equal(trace.getActiveSpan(), undefined)
    const own = trace.getSpan(contextOf(message))?.spanContext()
    assert.equal(own?.traceId, producer.traceId)
    assert.deepEqual(spans.named(`process ${name}`), [])
    await message.ack()
    assert.equal(spans.one(`process ${name}`).spanContext().spanId, own?.spanId)
  })

  test(`${title}: messages without a context start traces of their own, whatever is active around the consumer`, async () => {
    const name = await rabbitmq.queue()
    const ambient = tracer.startSpan('ambient')
    await context.with(trace.setSpan(context.active(), ambient), async () => {
      const queue = await (await connect()).queue(name, { passive: true })
      await queue.subscribe(() => {})
    })
    for (const body of ['1', '2']) await rabbitmq.send('', name, body)
    await until('both messages', () => spans.named(`process ${name}`).length === 2)
    const traces = spans.named(`process ${name}`).map(span => span.spanContext().traceId)
    assert.equal(new Set([...traces, ambient.spanContext().traceId]).size, 3)
    for (const span of spans.named(`process ${name}`)) assert.equal(span.parentSpanContext, undefined)
  })

  test(`${title}: a message of a channel's own loop, handed to processMessage, fails with its handler`, async () => {
    const name = await rabbitmq.queue()
    const channel = await traceAmqpClient(await clients.client(version)).channel()
    const consumer = await channel.basicConsume(name, { noAck: true })
    await rabbitmq.send('', name, 'body')
    for await (const message of consumer.messages) {
      await assert.rejects(
        processMessage(message, async () => {
          await Promise.reject(new TypeError('no'))
        }),
        TypeError,
      )
      break
    }
    assert.equal(spans.one(`process ${name}`).attributes['error.type'], 'TypeError')
  })

  test(`${title}: get and consumeOne are receive spans`, async () => {
    const name = await rabbitmq.queue()
    const queue = await (await connect()).queue(name, { passive: true })
    assert.equal(await queue.get(), null)
    await rabbitmq.send('', name, '1', { headers: { traceparent } })
    const got = (await queue.get()) as AMQPMessage
    await rabbitmq.send('', name, '2', { headers: { traceparent } })
    const one = await queue.consumeOne({ timeout: 5000 })
    assert.deepEqual([got.bodyString(), one.bodyString()], ['1', '2'])
    const received = spans.named(`receive ${name}`)
    assert.equal(received.length, 2)
    for (const span of received) {
      assert.equal(span.kind, SpanKind.CLIENT)
      assert.equal(span.links[0]?.context.spanId, producer.spanId)
    }
    assert.deepEqual(spans.named(`process ${name}`), [])
  })

  test(`${title}: a remote call is one trace, there and back`, async () => {
    const name = await rabbitmq.queue()
    const session = await connect()
    const server = await session.rpcServer(name, () => 'pong')
    const request = tracer.startSpan('request')
    const answer = await context.with(trace.setSpan(context.active(), request), () =>
      session.rpcCall(name, 'ping', { timeout: 5000 }),
    )
    assert.equal(answer.bodyString(), 'pong')
    await until('the acknowledgement', () => spans.named(`ack ${name}`).length === 1)
    await server.close()
    const names = ['publish', 'process'].flatMap(word => [`${word} ${name}`, `${word} amq.rabbitmq.reply-to`])
    const [asked, replied, handled, answered] = names.map(each => spans.one(each))
    const parents = [asked, handled, replied, answered].map(span => span?.parentSpanContext?.spanId)
    const ids = [request, asked, handled, replied].map(span => span?.spanContext().spanId)
    assert.deepEqual(parents, ids)
  })

  test(`${title}: a subscription is traced after its connection was lost, too`, async () => {
    const name = await rabbitmq.queue()
    const session = traceAmqpClient(await clients.session(version, { reconnectInterval: 10 }))
    const queue = await session.queue(name, { passive: true })
    let calls = 0
    await queue.subscribe(async () => {
      if (calls++ > 0) return
      const { socket } = (session as unknown as { client: { socket: Socket } }).client
      const closed = once(socket, 'close')
      socket.destroy()
      await closed
    })
    await rabbitmq.send('', name, 'body', { headers: { traceparent } })
    await until('the acknowledgement', () =>
      spans.named(`ack ${name}`).some(span => span.status.code === SpanStatusCode.UNSET),
    )
    const [first, second, ...more] = spans.named(`process ${name}`)
    assert.deepEqual(more, [])
    assert.equal(first?.parentSpanContext?.spanId, producer.spanId)
    assert.equal(second?.attributes['waybill.message.attempt'], 2)
  })
}

test('its spans have no attribute that the README does not have', async () => {
  assert.ok(spans.seen().length > 0)
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
