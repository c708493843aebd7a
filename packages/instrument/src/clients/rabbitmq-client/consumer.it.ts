import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { AsyncMessage, Connection } from 'rabbitmq-client'
import type { MessagingOptions } from '../../index.ts'
import { contextOf } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { rabbitmqClients, testRabbitmqClients } from '../../testing/rabbitmq-client.ts'
import { undocumentedAttributes } from '../../testing/readme.ts'
import { until } from '../../testing/until.ts'
import { traceRabbitmqClient } from './trace.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const clients = testRabbitmqClients(rabbitmq)
const tracer = trace.getTracer('test')
const producer = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
const traceparent = `00-${producer.traceId}-${producer.spanId}-01`
/** The queues are there already. */
const queueOptions = { passive: true }

beforeEach(() => spans.clear())

for (const client of rabbitmqClients) {
  const connect = async (options?: MessagingOptions): Promise<Connection> =>
    traceRabbitmqClient(await clients.connect(client, { connectionName: 'shop' }), options)

  test(`${client.version}: a Consumer's handler runs in its message's span, and its acknowledgement is a child`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const seen: { message: AsyncMessage; active: string | undefined; tenant: string | undefined }[] = []
    const consumer = connection.createConsumer({ queue, queueOptions }, async message => {
      await turn()
      seen.push({
        message,
        active: trace.getActiveSpan()?.spanContext().spanId,
        tenant: propagation.getActiveBaggage()?.getEntry('tenant')?.value,
      })
      assert.equal(trace.getSpan(contextOf(message)), trace.getActiveSpan())
    })
    await rabbitmq.send('', queue, 'body', {
      headers: { traceparent, baggage: 'tenant=a' },
      messageId: 'm1',
      correlationId: 'c1',
    })
    await until('the acknowledgement', () => spans.named(`ack ${queue}`).length === 1)
    await consumer.close()
    const process = spans.one(`process ${queue}`)
    assert.equal(process.kind, SpanKind.CONSUMER)
    assert.equal(process.status.code, SpanStatusCode.UNSET)
    assert.equal(process.parentSpanContext?.spanId, producer.spanId)
    assert.equal(seen[0]?.active, process.spanContext().spanId)
    assert.equal(seen[0]?.tenant, 'a')
    const { hostname, port } = new URL(rabbitmq.url)
    const place = {
      'messaging.client.id': 'shop',
      'server.address': hostname,
      'server.port': Number(port),
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(port),
    }
    assert.deepEqual(process.attributes, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queue,
      'messaging.rabbitmq.destination.routing_key': queue,
      'messaging.rabbitmq.message.delivery_tag': 1,
      'messaging.message.id': 'm1',
      'messaging.message.conversation_id': 'c1',
      ...place,
    })
    const ack = spans.one(`ack ${queue}`)
    assert.equal(ack.kind, SpanKind.CLIENT)
    assert.equal(ack.parentSpanContext?.spanId, process.spanContext().spanId)
    assert.equal(ack.attributes['messaging.operation.type'], 'settle')
    assert.equal(ack.attributes['messaging.rabbitmq.message.delivery_tag'], 1)
  })

  test(`${client.version}: concurrent handlers keep their contexts apart, prefetched messages start when handed out`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const found: Record<string, string | undefined> = {}
    const consumer = connection.createConsumer(
      { queue, queueOptions, concurrency: 5, qos: { prefetchCount: 20 } },
      async message => {
        for (let i = 0; i < 3; i++) await turn()
        found[String(message.body)] = trace.getActiveSpan()?.spanContext().traceId
      },
    )
    const traces = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(32, '1'))
    for (const [i, traceId] of traces.entries())
      await rabbitmq.send('', queue, String(i), {
        headers: { traceparent: `00-${traceId}-${producer.spanId}-01` },
        contentType: 'text/plain',
      })
    await until('all acknowledgements', () => spans.named(`ack ${queue}`).length === 20)
    await consumer.close()
    assert.deepEqual(found, Object.fromEntries(traces.map((traceId, i) => [String(i), traceId])))
    assert.equal(spans.named(`process ${queue}`).length, 20)
  })

  test(`${client.version}: a handler that throws fails its span; the message comes again as a second attempt`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    let calls = 0
    const errors: unknown[] = []
    const consumer = connection.createConsumer({ queue, queueOptions, requeue: true }, async () => {
      if (calls++ === 0) throw new TypeError('not yet')
    })
    consumer.on('error', error => errors.push(error))
    await rabbitmq.send('', queue, 'body', { headers: { traceparent } })
    await until('the acknowledgement', () => spans.named(`ack ${queue}`).length === 1)
    await consumer.close()
    assert.equal((errors[0] as Error).message, 'not yet')
    const [first, second] = spans.named(`process ${queue}`)
    assert.equal(first?.status.code, SpanStatusCode.ERROR)
    assert.equal(first?.attributes['error.type'], 'TypeError')
    assert.equal(first?.events.length, 1)
    assert.equal(second?.status.code, SpanStatusCode.UNSET)
    assert.equal(second?.attributes['waybill.message.attempt'], 2)
    assert.equal(first?.attributes['waybill.message.attempt'], undefined)
    const nack = spans.one(`nack ${queue}`)
    assert.equal(nack.parentSpanContext?.spanId, first?.spanContext().spanId)
  })

  test(`${client.version}: a status that refuses the message fails its span`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    let calls = 0
    const consumer = connection.createConsumer({ queue, queueOptions }, () => [1, 2][calls++])
    await rabbitmq.send('', queue, 'body')
    await until('both refusals', () => spans.named(`nack ${queue}`).length === 2)
    await consumer.close()
    const processed = spans.named(`process ${queue}`)
    assert.deepEqual(
      processed.map(({ status }) => status.message),
      [
        'nack was called on the message, to be delivered again',
        'nack was called on the message, not to be delivered again',
      ],
    )
    assert.equal(await rabbitmq.ready(queue), 0)
  })

  test(`${client.version}: a dead letter says where and why it died, and which attempt it is`, async () => {
    const dead = await rabbitmq.queue()
    const queue = await rabbitmq.queue({ deadLetterExchange: '', deadLetterRoutingKey: dead })
    const connection = await connect()
    const refusing = connection.createConsumer({ queue, requeue: false, queueOptions }, () => 2)
    const reading = connection.createConsumer({ queue: dead, queueOptions }, () => {})
    await rabbitmq.send('', queue, 'body', { headers: { traceparent } })
    await until('the dead letter', () => spans.named(`ack ${dead}`).length === 1)
    await refusing.close()
    await reading.close()
    const { attributes, parentSpanContext } = spans.one(`process ${dead}`)
    assert.equal(parentSpanContext?.spanId, producer.spanId)
    assert.equal(attributes['waybill.dead_letter.destination'], queue)
    assert.equal(attributes['waybill.dead_letter.reason'], 'rejected')
    assert.equal(attributes['waybill.message.attempt'], 2)
  })

  test(`${client.version}: reply publishes in the handler's span, and the RPC client's answer joins the trace`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const consumer = connection.createConsumer({ queue, queueOptions }, (_, reply) => reply('pong'))
    const rpc = connection.createRPCClient({ confirm: true })
    const request = tracer.startSpan('request')
    const answer = await context.with(trace.setSpan(context.active(), request), () => rpc.send(queue, 'ping'))
    assert.equal(answer.body, 'pong')
    await until('the acknowledgement', () => spans.named(`ack ${queue}`).length === 1)
    await rpc.close()
    await consumer.close()
    const names = ['publish', 'process'].flatMap(name => [
      `${name} ${queue}`,
      `${name} amq.rabbitmq.reply-to`,
    ])
    const [asked, replied, handled, answered] = names.map(name => spans.one(name))
    const parents = [asked, handled, replied, answered].map(span => span?.parentSpanContext?.spanId)
    const ids = [request, asked, handled, replied].map(span => span?.spanContext().spanId)
    assert.deepEqual(parents, ids)
  })

  test(`${client.version}: raw channels: processing ends with the settlement, one call settles several`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const channel = await connection.acquire()
    const messages: AsyncMessage[] = []
    await channel.basicConsume({ queue }, message => {
      messages.push(message)
    })
    for (const body of ['1', '2', '3']) await rabbitmq.send('', queue, body, { headers: { traceparent } })
    await until('three messages', () => messages.length === 3)
    assert.equal(spans.all().length, 0)
    channel.basicAck({ deliveryTag: 2, multiple: true })
    assert.equal(spans.named(`process ${queue}`).length, 2)
    assert.equal(spans.one(`ack ${queue}`).attributes['messaging.batch.message_count'], 2)
    channel.basicNack({ deliveryTag: 3, requeue: false })
    const last = spans.named(`process ${queue}`)[2]
    assert.equal(last?.attributes['error.type'], 'nack')
    await channel.close()
  })

  test(`${client.version}: what is unsettled when the channel closes ends, and settling it then fails`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const channel = await connection.acquire()
    const messages: AsyncMessage[] = []
    await channel.basicConsume({ queue }, message => {
      messages.push(message)
    })
    await rabbitmq.send('', queue, 'body')
    await until('the message', () => messages.length === 1)
    await channel.close()
    const { status, attributes } = spans.one(`process ${queue}`)
    assert.equal(status.code, SpanStatusCode.ERROR)
    assert.equal(attributes['error.type'], 'channel_closed')
    assert.throws(() => channel.basicAck({ deliveryTag: 1 }), { code: 'CH_CLOSE' })
    assert.equal(spans.one(`ack ${queue}`).attributes['error.type'], 'CH_CLOSE')
  })

  test(`${client.version}: basicGet has a receive span that links the producer; nothing found makes none`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const channel = await connection.acquire()
    assert.equal(await channel.basicGet(queue), undefined)
    await rabbitmq.send('', queue, 'body', { headers: { traceparent } })
    const message = await channel.basicGet({ queue })
    assert.equal(String(message?.body), 'body')
    channel.basicAck({ deliveryTag: message?.deliveryTag ?? 0 })
    await channel.close()
    const receive = spans.one(`receive ${queue}`)
    assert.equal(receive.kind, SpanKind.CLIENT)
    assert.equal(receive.parentSpanContext, undefined)
    assert.equal(receive.links[0]?.context.spanId, producer.spanId)
    assert.equal(receive.attributes['messaging.rabbitmq.message.delivery_tag'], 1)
    assert.equal(spans.one(`ack ${queue}`).spanContext().traceId, producer.traceId)
    await rabbitmq.send('', queue, 'another')
    await connection.basicGet({ queue, noAck: true })
    assert.equal(spans.named(`receive ${queue}`).length, 2)
  })

  test(`${client.version}: continue link, rules and queues of a made-up name`, async () => {
    const connection = await connect({ continue: 'link', rules: [{ operation: 'settle', skip: true }] })
    const ready = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    const consumer = connection.createConsumer({ queueOptions: { exclusive: true } }, () => done.resolve())
    consumer.on('ready', ready.resolve)
    await ready.promise
    const name = consumer.queue
    await rabbitmq.send('', name, 'body', { headers: { traceparent } })
    await done.promise
    await consumer.close()
    const [process, ...more] = spans.all()
    assert.deepEqual(more, [])
    assert.equal(process?.name, 'process')
    assert.equal(process?.parentSpanContext, undefined)
    assert.equal(process?.links[0]?.context.traceId, producer.traceId)
    assert.equal(process?.attributes['messaging.destination.name'], name)
    assert.equal(process?.attributes['messaging.destination.anonymous'], true)
    assert.equal(process?.attributes['messaging.destination.temporary'], true)
  })

  test(`${client.version}: a Consumer is traced after its connection was lost, too, and loses no message`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await clients.connect(client, { retryLow: 10 })
    traceRabbitmqClient(connection)
    let calls = 0
    const lost = Promise.withResolvers<void>()
    const consumer = connection.createConsumer({ queue, queueOptions }, async () => {
      if (calls++ > 0) return
      const closed = new Promise(resolve => connection.once('error', resolve))
      ;(connection as unknown as { _socket: { destroy(): void } })._socket.destroy()
      await closed
      lost.resolve()
    })
    consumer.on('error', () => {})
    await rabbitmq.send('', queue, 'body', { headers: { traceparent } })
    await lost.promise
    await until('the acknowledgement', () => spans.named(`ack ${queue}`).length === 2)
    await consumer.close()
    const [refused, taken] = spans.named(`ack ${queue}`)
    assert.equal(refused?.status.code, SpanStatusCode.ERROR)
    assert.equal(taken?.status.code, SpanStatusCode.UNSET)
    const [first, second] = spans.named(`process ${queue}`)
    assert.equal(first?.parentSpanContext?.spanId, producer.spanId)
    assert.equal(second?.attributes['waybill.message.attempt'], 2)
    assert.equal(taken?.parentSpanContext?.spanId, second?.spanContext().spanId)
  })

  test(`${client.version}: basicRecover ends what is unsettled`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const channel = await connection.acquire()
    const messages: AsyncMessage[] = []
    await channel.basicConsume({ queue }, message => {
      messages.push(message)
    })
    await rabbitmq.send('', queue, 'body')
    await until('the message', () => messages.length === 1)
    await channel.basicRecover({ requeue: true })
    await until('the message again', () => messages.length === 2)
    channel.basicAck({ deliveryTag: messages[1]?.deliveryTag ?? 0 })
    await channel.close()
    const types = spans.named(`process ${queue}`).map(({ attributes }) => attributes['error.type'])
    assert.deepEqual(types, ['recovered', undefined])
  })

  test(`${client.version}: headers of rubbish reach the handler as they are, and start a trace of their own`, async () => {
    const queue = await rabbitmq.queue()
    const connection = await connect()
    const rubbish = [
      { traceparent: 'x'.repeat(60_000) },
      { traceparent: Buffer.from([0, 255, 254]), tracestate: 7, baggage: { a: [1] } },
      { traceparent: ['00', -1], 'x-death': 'never', 'x-delivery-count': -5 },
    ]
    const seen: unknown[] = []
    const consumer = connection.createConsumer({ queue, queueOptions }, message => {
      seen.push(message.headers)
    })
    for (const headers of rubbish) await rabbitmq.send('', queue, 'body', { headers })
    await until('the acknowledgements', () => spans.named(`ack ${queue}`).length === 3)
    await consumer.close()
    assert.deepEqual(seen, rubbish)
    for (const { parentSpanContext, status } of spans.named(`process ${queue}`)) {
      assert.equal(parentSpanContext, undefined)
      assert.equal(status.code, SpanStatusCode.UNSET)
    }
  })

  test(`${client.version}: messages without a context start traces of their own, whatever is active around`, async () => {
    const queue = await rabbitmq.queue()
    const ambient = tracer.startSpan('ambient')
    const consumer = await context.with(trace.setSpan(context.active(), ambient), async () =>
      (await connect()).createConsumer({ queue, queueOptions }, () => {}),
    )
    for (const body of ['1', '2']) await rabbitmq.send('', queue, body)
    await until('both messages', () => spans.named(`process ${queue}`).length === 2)
    await consumer.close()
    const traces = spans.named(`process ${queue}`).map(span => span.spanContext().traceId)
    assert.equal(new Set([...traces, ambient.spanContext().traceId]).size, 3)
    for (const span of spans.named(`process ${queue}`)) assert.equal(span.parentSpanContext, undefined)
  })
}

test('its spans have no attribute that the README does not have', async () => {
  assert.ok(spans.seen().length > 0)
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
