import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Connection } from 'rabbitmq-client'
import type { MessagingOptions } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { rabbitmqClients, testRabbitmqClients } from '../../testing/rabbitmq-client.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { traceRabbitmqClient } from './trace.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const clients = testRabbitmqClients(rabbitmq)
const tracer = trace.getTracer('test')
const stale = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

beforeEach(() => spans.clear())

function traceparentOf(name: string): string {
  const { traceId, spanId } = spans.one(name).spanContext()
  return `00-${traceId}-${spanId}-01`
}

for (const client of rabbitmqClients) {
  const connect = async (options?: MessagingOptions): Promise<Connection> =>
    traceRabbitmqClient(await clients.connect(client), options)

  test(`${client.version}: an envelope whose class says where to is published there`, async () => {
    const queue = await rabbitmq.queue()
    class Order {
      readonly #queue = queue
      readonly messageId = 'm1'
      get routingKey(): string {
        return this.#queue
      }
    }
    const channel = await (await connect()).acquire()
    await channel.basicPublish(Object.freeze(new Order()), 'v')
    const { properties } = await rabbitmq.take(queue)
    assert.equal(properties.messageId, 'm1')
    assert.equal(properties.headers?.['traceparent'], traceparentOf(`publish ${queue}`))
    await channel.close()
  })

  test(`${client.version}: a publisher's send has a PRODUCER span, whose context and baggage are on the wire`, async () => {
    const queue = await rabbitmq.queue()
    const exchange = await rabbitmq.exchange('topic')
    await rabbitmq.bind(queue, exchange, 'orders.*')
    const publisher = (await connect()).createPublisher({ confirm: true })
    const request = tracer.startSpan('request')
    const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
    await context.with(propagation.setBaggage(trace.setSpan(context.active(), request), baggage), () =>
      publisher.send(
        { exchange, routingKey: 'orders.new', headers: { own: 7 }, messageId: 'm1', correlationId: 'c1' },
        { order: 1 },
      ),
    )
    await publisher.close()
    const span = spans.one(`publish ${exchange}:orders.new`)
    assert.equal(span.kind, SpanKind.PRODUCER)
    assert.equal(span.status.code, SpanStatusCode.UNSET)
    assert.equal(span.parentSpanContext?.spanId, request.spanContext().spanId)
    const { hostname, port } = new URL(rabbitmq.url)
    assert.deepEqual(span.attributes, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': `${exchange}:orders.new`,
      'messaging.rabbitmq.destination.routing_key': 'orders.new',
      'messaging.message.id': 'm1',
      'messaging.message.conversation_id': 'c1',
      'server.address': hostname,
      'server.port': Number(port),
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(port),
    })
    const { content, properties } = await rabbitmq.take(queue)
    assert.equal(content.toString(), '{"order":1}')
    assert.equal(properties.contentType, 'application/json')
    assert.deepEqual(properties.headers, {
      own: 7,
      baggage: 'tenant=a',
      traceparent: traceparentOf(span.name),
    })
  })

  test(`${client.version}: the caller's objects are only read; a stale context is replaced and linked`, async () => {
    const queue = await rabbitmq.queue()
    const publisher = (await connect()).createPublisher()
    const headers = Object.freeze({
      traceparent: stale,
      tracestate: 'x=1',
      nested: Object.freeze({ a: [1, 'b'] }),
    })
    const envelope = Object.freeze({ routingKey: queue, headers })
    const request = tracer.startSpan('request')
    await context.with(trace.setSpan(context.active(), request), async () => {
      await publisher.send(envelope, 'text')
      await publisher.send(envelope, Buffer.from('bytes'))
      await publisher.send(queue, 'plain')
    })
    await publisher.close()
    const sent = spans.named(`publish ${queue}`)
    assert.deepEqual(
      sent.map(({ links }) => links.map(link => link.context.traceId)),
      [['a'.repeat(32)], ['a'.repeat(32)], []],
    )
    const taken = [await rabbitmq.take(queue), await rabbitmq.take(queue), await rabbitmq.take(queue)]
    assert.deepEqual(
      taken.map(({ content }) => content.toString()),
      ['text', 'bytes', 'plain'],
    )
    assert.deepEqual(
      taken.map(({ properties }) => properties.contentType),
      ['text/plain', undefined, 'text/plain'],
    )
    taken.forEach(({ properties }, i) => {
      const { traceId, spanId } = sent[i]?.spanContext() ?? {}
      assert.equal(properties.headers?.['traceparent'], `00-${traceId}-${spanId}-01`)
      assert.equal(properties.headers?.['tracestate'], undefined)
    })
    assert.deepEqual(taken[0]?.properties.headers?.['nested'], { a: [1, 'b'] })
  })

  test(`${client.version}: what the broker refuses fails its span, once for each attempt, and reaches the caller`, async () => {
    const publisher = (await connect()).createPublisher({ confirm: true, maxAttempts: 2 })
    const retried: unknown[] = []
    publisher.on('retry', (error, envelope) => retried.push(error.code, envelope))
    const envelope = { exchange: 'no-such-exchange', routingKey: 'k' }
    await assert.rejects(publisher.send(envelope, 'body'), { code: 'NOT_FOUND' })
    assert.deepEqual(retried, ['NOT_FOUND', envelope])
    assert.equal(retried[1], envelope)
    await publisher.close()
    const attempts = spans.named('publish no-such-exchange:k')
    assert.equal(attempts.length, 2)
    for (const { status, attributes } of attempts) {
      assert.equal(status.code, SpanStatusCode.ERROR)
      assert.equal(attributes['error.type'], 'NOT_FOUND')
    }
    assert.deepEqual(
      attempts.map(({ attributes }) => attributes['waybill.message.attempt']),
      [undefined, 2],
    )
  })

  test(`${client.version}: a send that found no channel fails its span`, async () => {
    const connection = await connect()
    const publisher = connection.createPublisher()
    await publisher.close()
    await assert.rejects(publisher.send('some-queue', 'body'), { code: 'CLOSED' })
    assert.equal(spans.one('publish some-queue').attributes['error.type'], 'CLOSED')
  })

  test(`${client.version}: wrong input is refused as without tracing`, async () => {
    const errorOf = async (connection: Connection): Promise<unknown> => {
      const channel = await connection.acquire()
      try {
        return await channel.basicPublish('some-queue', undefined)
      } catch (error) {
        return error
      } finally {
        await channel.close()
      }
    }
    const own = await errorOf(await clients.connect(client))
    const traced = await errorOf(await connect())
    assert.ok(own instanceof TypeError && traced instanceof TypeError)
    assert.equal(traced.message, own.message)
    assert.equal(spans.one('publish some-queue').attributes['error.type'], 'ERR_INVALID_ARG_TYPE')
  })

  test(`${client.version}: context in a body that is an object, by choice`, async () => {
    const queue = await rabbitmq.queue()
    const publisher = (await connect({ valueContext: 'write' })).createPublisher()
    const body = Object.freeze({ order: 1 })
    await publisher.send(queue, body)
    await publisher.close()
    const { content, properties } = await rabbitmq.take(queue)
    assert.equal(properties.contentType, 'application/json')
    assert.deepEqual(JSON.parse(content.toString()), {
      order: 1,
      traceparent: traceparentOf(`publish ${queue}`),
    })
  })

  test(`${client.version}: traced again, the options are others and the spans as many`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await clients.connect(client)
    assert.equal(
      traceRabbitmqClient(traceRabbitmqClient(connection), { rules: [{ name: 'once' }] }),
      connection,
    )
    const publisher = connection.createPublisher()
    await publisher.send(queue, 'body')
    await publisher.close()
    assert.deepEqual(
      spans.all().map(({ name }) => name),
      ['once'],
    )
  })
}

test('its spans have no attribute that the README does not have', async () => {
  assert.ok(spans.seen().length > 0)
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
