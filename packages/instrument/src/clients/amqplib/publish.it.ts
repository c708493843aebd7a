import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { traceChannel } from '../../index.ts'
import { amqplibs, testConnections } from '../../testing/amqplib.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { active, traceparent } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const connections = testConnections(rabbitmq)

beforeEach(() => spans.clear())

for (const amqplib of amqplibs) {
  const named = (what: string): string => `amqplib ${amqplib.version}: ${what}`

  test(named('a publication has a PRODUCER span with all that the conventions ask for'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    const exchange = await rabbitmq.exchange('topic')
    await rabbitmq.bind(queue, exchange, 'eu.#')
    const isWritable = channel.publish(exchange, 'eu.paid', Buffer.from('v'), {
      messageId: 'm-1',
      correlationId: 'c-1',
    })
    assert.equal(isWritable, true)
    const span = spans.one(`publish ${exchange}:eu.paid`)
    assert.equal(span.kind, SpanKind.PRODUCER)
    assert.equal(span.status.code, SpanStatusCode.UNSET)
    const { hostname, port } = new URL(rabbitmq.url)
    assert.deepEqual(span.attributes, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': `${exchange}:eu.paid`,
      'messaging.rabbitmq.destination.routing_key': 'eu.paid',
      'messaging.message.id': 'm-1',
      'messaging.message.conversation_id': 'c-1',
      'server.address': hostname,
      'server.port': Number(port),
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(port),
    })
    const { traceId, spanId } = span.spanContext()
    const { properties } = await rabbitmq.take(queue)
    assert.deepEqual(properties.headers, { traceparent: `00-${traceId}-${spanId}-01` })
    assert.equal(properties.messageId, 'm-1')
  })

  test(named('sendToQueue is one publication to the queue; no name at all is amq.default'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    channel.sendToQueue(queue, Buffer.from('v'))
    channel.publish('', '', Buffer.from('v'))
    const [first, second, ...more] = spans.all()
    assert.deepEqual(more, [])
    assert.equal(first?.name, `publish ${queue}`)
    assert.equal(first?.attributes['messaging.destination.name'], queue)
    assert.equal(first?.attributes['messaging.rabbitmq.destination.routing_key'], queue)
    assert.equal(second?.name, 'publish amq.default')
    assert.equal(second?.attributes['messaging.destination.name'], 'amq.default')
    assert.equal('messaging.rabbitmq.destination.routing_key' in (second?.attributes ?? {}), false)
  })

  test(named('every option reaches the broker as without tracing, inherited ones too'), async () => {
    const plain = await (await connections.promised(amqplib)).createChannel()
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    class Shared {
      get type() {
        return 'inherited'
      }
    }
    const options = Object.assign(new Shared(), {
      contentType: 'text/plain',
      contentEncoding: 'identity',
      headers: { n: 7, list: [1, 'two'], nested: { deep: true } },
      persistent: true,
      priority: 3,
      correlationId: 'c',
      replyTo: 'r',
      expiration: 60_000,
      messageId: 'm',
      timestamp: 1_700_000_000,
      userId: new URL(rabbitmq.url).username,
      appId: 'app',
      CC: 'copy',
      BCC: ['blind'],
    })
    plain.sendToQueue(queue, Buffer.from('v'), options)
    const { properties: without } = await rabbitmq.take(queue)
    channel.sendToQueue(queue, Buffer.from('v'), options)
    const { properties: withTracing } = await rabbitmq.take(queue)
    const { traceparent: _, ...headers } = withTracing.headers ?? {}
    assert.deepEqual({ ...withTracing, headers }, { ...without, headers: { ...without.headers } })
    assert.equal(without.type, 'inherited')
  })

  test(named("the caller's objects are only read: frozen, shared and without headers"), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    const headers = Object.freeze({ 'x-app': 'shop' })
    const options = Object.freeze({ persistent: true })
    const shared = { headers }
    channel.sendToQueue(queue, Buffer.from('1'), options)
    channel.sendToQueue(queue, Buffer.from('2'), shared)
    channel.sendToQueue(queue, Buffer.from('3'), shared)
    assert.deepEqual(options, { persistent: true })
    assert.deepEqual(shared, { headers: { 'x-app': 'shop' } })
    const carried = new Set<unknown>()
    for (const span of spans.all()) {
      const { properties } = await rabbitmq.take(queue)
      const { traceId, spanId } = span.spanContext()
      assert.equal(properties.headers?.['traceparent'], `00-${traceId}-${spanId}-01`)
      carried.add(spanId)
    }
    assert.equal(carried.size, 3)
  })

  test(named('the active span is the parent; a stale context is replaced, baggage kept'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    const headers = { traceparent: [traceparent('a'), traceparent('b')], tracestate: 'old=1', baggage: 'k=v' }
    context.with(active('c'), () => channel.sendToQueue(queue, Buffer.from('v'), { headers }))
    const span = spans.one(`publish ${queue}`)
    assert.equal(span.parentSpanContext?.spanId, 'c'.repeat(16))
    assert.deepEqual(
      span.links.map(link => link.context.traceId),
      ['b'.repeat(32)],
    )
    const { properties } = await rabbitmq.take(queue)
    const { traceId, spanId } = span.spanContext()
    assert.deepEqual(properties.headers, { traceparent: `00-${traceId}-${spanId}-01`, baggage: 'k=v' })
  })

  test(named('what the client refuses is thrown as without tracing, and the span says so'), async () => {
    const connection = await connections.promised(amqplib)
    const plain = await connection.createChannel()
    const channel = traceChannel(await connection.createChannel())
    const wrong: readonly (readonly [string, string, unknown, unknown])[] = [
      ['', 'q', 'no buffer', {}],
      ['', 'q', Buffer.from('v'), { headers: 'no table' }],
      [7 as unknown as string, 'q', Buffer.from('v'), {}],
      ['', 'q', Buffer.from('v'), { headers: { symbol: Symbol('s') } }],
    ]
    for (const [exchange, key, content, options] of wrong) {
      const messageOf = (tried: typeof plain): string => {
        try {
          tried.publish(exchange, key, content as Buffer, options as object)
        } catch (error) {
          return String(error)
        }
        return 'nothing thrown'
      }
      const expected = messageOf(plain)
      assert.notEqual(expected, 'nothing thrown')
      assert.equal(messageOf(channel), expected)
    }
    const [failed] = spans.named('publish q')
    assert.equal(failed?.status.code, SpanStatusCode.ERROR)
    assert.equal(failed?.attributes['error.type'], 'TypeError')
    await channel.close()
    spans.clear()
    assert.throws(() => channel.sendToQueue('q', Buffer.from('v')), { name: 'IllegalOperationError' })
    assert.equal(spans.one('publish q').attributes['error.type'], 'IllegalOperationError')
  })

  test(
    named('on a confirm channel the span ends with the confirm, and the callback has its context'),
    async () => {
      const channel = traceChannel(await (await connections.promised(amqplib)).createConfirmChannel())
      const queue = await rabbitmq.queue()
      const outer = propagation.setBaggage(active('d'), propagation.createBaggage({ who: { value: 'me' } }))
      const seen = await new Promise<readonly unknown[]>(resolve => {
        context.with(outer, () =>
          channel.sendToQueue(queue, Buffer.from('v'), {}, (...args: unknown[]) => {
            const { spanId } = trace.getSpanContext(context.active()) ?? {}
            resolve([...args, spanId, propagation.getActiveBaggage()?.getEntry('who')?.value])
          }),
        )
        assert.deepEqual(spans.all(), [])
      })
      assert.deepEqual(seen, [null, 'd'.repeat(16), 'me'])
      assert.equal(spans.one(`publish ${queue}`).status.code, SpanStatusCode.UNSET)
      channel.sendToQueue(queue, Buffer.from('without a callback'))
      await channel.waitForConfirms()
      assert.equal(spans.named(`publish ${queue}`).length, 2)
      assert.equal(await rabbitmq.ready(queue), 2)
    },
  )

  test(named('a publication that the broker refuses fails: nacked, or the channel closed'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createConfirmChannel())
    const full = await rabbitmq.queue({ maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } })
    const outcomes: unknown[] = []
    const note = (error: unknown): number => outcomes.push(error)
    channel.sendToQueue(full, Buffer.from('1'), {}, note)
    await channel.waitForConfirms()
    channel.sendToQueue(full, Buffer.from('2'), {}, note)
    await assert.rejects(channel.waitForConfirms())
    assert.equal(outcomes[0], null)
    assert.match(String(outcomes[1]), /nacked/)
    assert.deepEqual(
      spans.named(`publish ${full}`).map(span => span.status.code),
      [SpanStatusCode.UNSET, SpanStatusCode.ERROR],
    )
    channel.on('error', () => {})
    const closed = new Promise(resolve => channel.once('close', resolve))
    channel.publish('no-such-exchange', 'k', Buffer.from('v'), {}, note)
    await closed
    const failed = await until('the span', () => spans.named('publish no-such-exchange:k')[0])
    assert.equal(failed.status.code, SpanStatusCode.ERROR)
    assert.match(String(outcomes[2]), /channel closed/)
  })
}
