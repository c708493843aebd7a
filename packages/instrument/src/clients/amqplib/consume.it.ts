import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ConsumeMessage } from 'amqplib'
import { contextOf, traceChannel, traceConnection } from '../../index.ts'
import { amqplibs, testConnections } from '../../testing/amqplib.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { active, traceparent } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const connections = testConnections(rabbitmq)
const tracer = trace.getTracer('test')

beforeEach(() => spans.clear())

const activeSpanId = (): string | undefined => trace.getSpanContext(context.active())?.spanId

for (const amqplib of amqplibs) {
  const named = (what: string): string => `amqplib ${amqplib.version}: ${what}`

  test(named('a message has a CONSUMER span with all that the conventions ask for'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    const exchange = await rabbitmq.exchange('topic')
    await rabbitmq.bind(queue, exchange, 'eu.#')
    const options = { messageId: 'm-1', correlationId: 'c-1', timestamp: Math.floor(Date.now() / 1000) - 10 }
    await rabbitmq.send(exchange, 'eu.paid', 'v', { ...options, headers: { traceparent: traceparent('a') } })
    let inHandler: string | undefined
    await channel.consume(queue, message => {
      inHandler = activeSpanId()
      if (message !== null) channel.ack(message)
    })
    const span = await until('the span', () => spans.named(`process ${exchange}:eu.paid:${queue}`)[0])
    const { hostname, port } = new URL(rabbitmq.url)
    const { 'waybill.message.queue_duration': queued, ...attributes } = span.attributes
    assert.deepEqual(attributes, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': `${exchange}:eu.paid:${queue}`,
      'messaging.rabbitmq.destination.routing_key': 'eu.paid',
      'messaging.rabbitmq.message.delivery_tag': 1,
      'messaging.message.id': 'm-1',
      'messaging.message.conversation_id': 'c-1',
      'server.address': hostname,
      'server.port': Number(port),
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(port),
    })
    assert.ok(Number(queued) >= 10 && Number(queued) < 60, String(queued))
    assert.equal(span.kind, SpanKind.CONSUMER)
    assert.equal(span.status.code, SpanStatusCode.UNSET)
    assert.equal(span.parentSpanContext?.spanId, 'a'.repeat(16))
    assert.equal(inHandler, span.spanContext().spanId)
  })

  test(named('a timestamp in milliseconds is read as such, and none at all gives no time'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    await rabbitmq.send('', queue, 'ms', { timestamp: Date.now() - 5_000 })
    await rabbitmq.send('', queue, 'broker', { headers: { timestamp_in_ms: Date.now() - 7_000 } })
    await rabbitmq.send('', queue, 'none')
    await channel.consume(queue, () => {}, { noAck: true })
    const all = await until('three spans', () => spans.all().length === 3 && spans.all())
    const seconds = all.map(span => Math.floor(Number(span.attributes['waybill.message.queue_duration'])))
    assert.deepEqual(seconds, [5, 7, Number.NaN])
  })

  test(
    named('repeated traceparents: the last wins; B3, as text or bytes; rubbish starts a trace'),
    async () => {
      const channel = await (await connections.promised(amqplib)).createChannel()
      traceChannel(channel, { formats: ['w3c', 'b3'] })
      const queue = await rabbitmq.queue()
      const b3 = `${'c'.repeat(32)}-${'c'.repeat(16)}-1`
      const carried: readonly Record<string, unknown>[] = [
        { traceparent: [traceparent('a'), traceparent('b')] },
        { b3 },
        { b3: Buffer.from(b3) },
        { traceparent: 'x'.repeat(50_000), other: Buffer.alloc(10, 255) },
        { traceparent: { nested: true } },
        { traceparent: -1 },
      ]
      for (const headers of carried) await rabbitmq.send('', queue, 'v', { headers })
      await channel.consume(queue, () => {}, { noAck: true })
      const all = await until('the spans', () => spans.all().length === carried.length && spans.all())
      assert.deepEqual(
        all.map(span => span.parentSpanContext?.traceId[0]),
        ['b', 'c', 'c', undefined, undefined, undefined],
      )
    },
  )

  test(named('continue: link makes a new root with a link, whatever is active; both does both'), async () => {
    const queue = await rabbitmq.queue()
    const startup = tracer.startSpan('GET /start')
    for (const continuation of ['link', 'both'] as const) {
      const channel = await context.with(trace.setSpan(context.active(), startup), async () => {
        const connection = await connections.promised(amqplib)
        return traceConnection(connection, { continue: continuation }).createChannel()
      })
      await rabbitmq.send('', queue, 'plain')
      await rabbitmq.send('', queue, 'carrying', {
        headers: { traceparent: traceparent('c'), baggage: 'k=v' },
      })
      const baggage: unknown[] = []
      const { consumerTag } = await context.with(trace.setSpan(context.active(), startup), () =>
        channel.consume(queue, () => baggage.push(propagation.getActiveBaggage()?.getEntry('k')?.value), {
          noAck: true,
        }),
      )
      const [plain, carrying] = await until('two spans', () => spans.all().length === 2 && spans.all())
      await channel.cancel(consumerTag)
      assert.notEqual(plain?.spanContext().traceId, startup.spanContext().traceId)
      assert.equal(plain?.parentSpanContext, undefined)
      assert.deepEqual(plain?.links, [])
      assert.equal(carrying?.parentSpanContext?.traceId, continuation === 'both' ? 'c'.repeat(32) : undefined)
      assert.equal(carrying?.links[0]?.context.traceId, 'c'.repeat(32))
      assert.notEqual(carrying?.spanContext().traceId, startup.spanContext().traceId)
      assert.deepEqual(baggage, [undefined, 'v'])
      spans.clear()
    }
    startup.end()
  })

  test(named('each of many messages at once has its own context, and nothing leaks'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    const count = 50
    for (let i = 0; i < count; i++)
      await rabbitmq.send('', queue, String(i), { headers: { baggage: `n=${i}` } })
    let release = (): void => {}
    const allThere = new Promise<void>(resolve => {
      release = resolve
    })
    const seen: boolean[] = []
    let waiting = 0
    await channel.consume(queue, async message => {
      if (message === null) return
      const before = activeSpanId()
      if (++waiting === count) release()
      await allThere
      const isOwn =
        before === activeSpanId() &&
        trace.getSpanContext(contextOf(message))?.spanId === before &&
        propagation.getActiveBaggage()?.getEntry('n')?.value === message.content.toString()
      seen.push(isOwn)
      channel.ack(message)
    })
    await until('all handled', () => spans.named(`process ${queue}`).length === count)
    assert.deepEqual(seen, Array(count).fill(true))
    const own = spans.named(`process ${queue}`)
    assert.equal(new Set(own.map(span => span.spanContext().traceId)).size, count)
    assert.equal(activeSpanId(), undefined)
  })

  test(named('consuming, then producing, is one trace without a line'), async () => {
    const connection = traceConnection(await connections.promised(amqplib))
    const channel = await connection.createConfirmChannel()
    const [first, second] = [await rabbitmq.queue(), await rabbitmq.queue()]
    await channel.consume(
      first,
      async message => {
        await Promise.resolve()
        channel.sendToQueue(second, message?.content ?? Buffer.alloc(0))
      },
      { noAck: true },
    )
    await channel.consume(second, () => {}, { noAck: true })
    context.with(active('e'), () => channel.sendToQueue(first, Buffer.from('v')))
    await until('the whole chain', () => spans.named(`process ${second}`).length === 1)
    const chain = [`publish ${first}`, `process ${first}`, `publish ${second}`, `process ${second}`]
    let parent = 'e'.repeat(16)
    for (const name of chain) {
      const span = await until(name, () => spans.named(name)[0])
      assert.equal(span.parentSpanContext?.spanId, parent, name)
      parent = span.spanContext().spanId
    }
  })

  test(named('a consumer that the broker cancels is given null, and no span'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const queue = await rabbitmq.queue()
    const given: (ConsumeMessage | null)[] = []
    await channel.consume(queue, message => given.push(message))
    await rabbitmq.remove(queue)
    await until('null', () => given.length > 0)
    assert.deepEqual(given, [null])
    assert.deepEqual(spans.all(), [])
  })

  test(
    named('a handler that throws closes the channel as without tracing, and fails its span once'),
    async () => {
      const connection = await connections.promised(amqplib)
      const outcomes: unknown[] = []
      for (const tracing of [false, true]) {
        const channel = await connection.createChannel()
        if (tracing) traceChannel(channel)
        const queue = await rabbitmq.queue()
        await rabbitmq.send('', queue, 'v')
        const closed = new Promise(resolve => channel.on('error', resolve))
        await channel.consume(queue, () => {
          throw new RangeError('no')
        })
        outcomes.push(await closed)
        if (!tracing) continue
        const span = await until('the span', () => spans.named(`process ${queue}`)[0])
        assert.equal(span.attributes['error.type'], 'RangeError')
      }
      assert.deepEqual(String(outcomes[1]), String(outcomes[0]))
      assert.equal(spans.all().length, 1)
    },
  )

  test(named("what the broker refuses has AMQP's own name for it as the type of the error"), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    channel.on('error', () => {})
    await assert.rejects(channel.get('queue-nowhere') as Promise<unknown>)
    // The oldest version gives a text, and no code.
    const type = amqplib.version === '0.5.5' ? '_OTHER' : 'NOT_FOUND'
    assert.equal(spans.one('receive queue-nowhere').attributes['error.type'], type)
  })

  test(named('queues that the broker names or removes are said to be so, and name no span'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel())
    const { queue: anonymous } = await channel.assertQueue('', { exclusive: true })
    await channel.consume('', () => {}, { noAck: true })
    channel.sendToQueue(anonymous, Buffer.from('v'))
    const span = await until('the span', () => spans.named('process')[0])
    assert.match(anonymous, /^amq\.gen-/)
    assert.equal(span.attributes['messaging.destination.name'], anonymous)
    assert.equal(span.attributes['messaging.destination.anonymous'], true)
    assert.equal(span.attributes['messaging.destination.temporary'], true)
    assert.equal(spans.named('publish').length, 1)
    spans.clear()
    const { queue: temporary } = await channel.assertQueue(`temporary-${anonymous}`, { autoDelete: true })
    await channel.consume(temporary, () => {}, { noAck: true })
    channel.sendToQueue(temporary, Buffer.from('v'))
    const second = await until('the span', () => spans.named('process')[0])
    assert.equal(second.attributes['messaging.destination.temporary'], true)
    assert.equal('messaging.destination.anonymous' in second.attributes, false)
  })

  test(named('tracing a channel again replaces the options'), async () => {
    const channel = traceChannel(await (await connections.promised(amqplib)).createChannel(), {
      rules: [{ name: 'first' }],
    })
    assert.equal(traceChannel(channel, { rules: [{ name: 'second' }] }), channel)
    channel.sendToQueue('nowhere', Buffer.from('v'))
    assert.deepEqual(
      spans.all().map(span => span.name),
      ['second'],
    )
  })
}
