import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { AMQPClient, AMQPMessage } from '@cloudamqp/amqp-client'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { MessagingOptions } from '../../index.ts'
import { contextOf } from '../../index.ts'
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

for (const version of cloudamqps) {
  const { title } = version
  const connect = async (options?: MessagingOptions): Promise<AMQPClient> =>
    traceAmqpClient(await clients.client(version), options)

  function place(): object {
    const { hostname, port } = new URL(rabbitmq.url)
    return {
      'messaging.client.id': 'shop',
      'server.address': hostname,
      'server.port': Number(port),
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(port),
    }
  }

  test(`${title}: a confirmed publish has a PRODUCER span, whose context and baggage are on the wire`, async () => {
    const queue = await rabbitmq.queue()
    const channel = await (await connect()).channel()
    await channel.confirmSelect()
    const request = tracer.startSpan('request')
    const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
    const headers = Object.freeze({ traceparent, tracestate: 'x=1', own: 7 })
    const properties = Object.freeze({ headers, messageId: 'm1', correlationId: 'c1' })
    const tags = await context.with(
      propagation.setBaggage(trace.setSpan(context.active(), request), baggage),
      async () => [
        await channel.basicPublish('', queue, 'text', properties),
        await channel.basicPublish('', queue, Buffer.from('bytes'), properties),
        await channel.basicPublish('', queue, null),
      ],
    )
    assert.deepEqual(tags, [1, 2, 3])
    const sent = spans.named(`publish ${queue}`)
    assert.deepEqual(sent[0]?.attributes, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': queue,
      'messaging.rabbitmq.destination.routing_key': queue,
      'messaging.message.id': 'm1',
      'messaging.message.conversation_id': 'c1',
      ...place(),
    })
    for (const [i, body] of ['text', 'bytes', ''].entries()) {
      const { content, properties } = await rabbitmq.take(queue)
      const span = sent[i]
      assert.equal(content.toString(), body)
      assert.equal(span?.kind, SpanKind.PRODUCER)
      assert.equal(span?.parentSpanContext?.spanId, request.spanContext().spanId)
      assert.equal(span?.links[0]?.context.traceId, i < 2 ? producer.traceId : undefined)
      const { traceId, spanId } = span?.spanContext() ?? {}
      assert.deepEqual(properties.headers, {
        ...(i < 2 && { own: 7 }),
        baggage: 'tenant=a',
        traceparent: `00-${traceId}-${spanId}-01`,
      })
    }
  })

  test(`${title}: a publish that the broker refuses fails its span`, async () => {
    const channel = await (await connect()).channel()
    channel.onerror = () => {}
    await channel.confirmSelect()
    await assert.rejects(channel.basicPublish('no-such-exchange', 'k', 'body'), /NOT_FOUND|closed/)
    const { status, attributes } = spans.one('publish no-such-exchange:k')
    assert.equal(status.code, SpanStatusCode.ERROR)
    assert.ok(attributes['error.type'])
  })

  test(`${title}: wrong input is refused as without tracing`, async () => {
    const errorOf = async (client: AMQPClient): Promise<Error> => {
      const channel = await client.channel()
      return channel.basicPublish('', 'q', 7 as never).then(
        () => assert.fail(),
        (reason: Error) => reason,
      )
    }
    const own = await errorOf(await clients.client(version))
    const traced = await errorOf(await connect())
    assert.equal(traced.message, own.message)
    assert.equal(spans.one('publish q').attributes['error.type'], 'TypeError')
  })

  test(`${title}: a handler runs in its message's span, its acknowledgement is a child; contexts stay apart`, async () => {
    const queue = await rabbitmq.queue()
    const channel = await (await connect()).channel()
    const found: Record<string, unknown> = {}
    await channel.basicConsume(queue, { noAck: false }, async message => {
      for (let i = 0; i < 3; i++) await turn()
      const own = trace.getSpan(contextOf(message))
      assert.equal(own, trace.getActiveSpan())
      const tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value
      found[message.bodyToString() ?? ''] = [own?.spanContext().traceId, tenant]
      await message.ack()
    })
    const expected: Record<string, unknown> = {}
    for (let i = 0; i < 10; i++) {
      const traceId = i.toString(16).padStart(32, '1')
      expected[i] = [traceId, `t${i}`]
      await rabbitmq.send('', queue, String(i), {
        headers: { traceparent: `00-${traceId}-${producer.spanId}-01`, baggage: `tenant=t${i}` },
        messageId: `m${i}`,
      })
    }
    await until('all messages', () => spans.named(`process ${queue}`).length === 10)
    assert.deepEqual(found, expected)
    const [first] = spans.named(`process ${queue}`)
    assert.equal(first?.kind, SpanKind.CONSUMER)
    assert.deepEqual(first?.attributes, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queue,
      'messaging.rabbitmq.destination.routing_key': queue,
      'messaging.rabbitmq.message.delivery_tag': 1,
      'messaging.message.id': 'm0',
      ...place(),
    })
    for (const ack of spans.named(`ack ${queue}`)) {
      const parent = spans
        .named(`process ${queue}`)
        .find(span => span.spanContext().spanId === ack.parentSpanContext?.spanId)
      const tag = 'messaging.rabbitmq.message.delivery_tag'
      assert.equal(ack.attributes[tag], parent?.attributes[tag])
    }
  })

  test(`${title}: without acknowledgement, processing ends with the handler`, async () => {
    const queue = await rabbitmq.queue()
    const channel = await (await connect()).channel()
    await channel.basicConsume(queue, {}, () => {})
    await rabbitmq.send('', queue, 'body', { headers: { traceparent } })
    await until('the message', () => spans.named(`process ${queue}`).length === 1)
    const [process, ...more] = spans.all()
    assert.deepEqual(more, [])
    assert.equal(process?.parentSpanContext?.spanId, producer.spanId)
  })

  test(`${title}: nack and reject fail what is worked on; one call settles several; a message comes again`, async () => {
    const queue = await rabbitmq.queue()
    const channel = await (await connect()).channel()
    const messages: AMQPMessage[] = []
    await channel.basicConsume(queue, { noAck: false }, message => {
      messages.push(message)
    })
    for (const body of ['1', '2', '3']) await rabbitmq.send('', queue, body)
    await until('three messages', () => messages.length === 3)
    await messages[2]?.nack(true)
    await until('the message again', () => messages.length === 4)
    await messages[3]?.reject(false)
    await channel.basicAck(2, true)
    const processed = spans.named(`process ${queue}`)
    assert.deepEqual(
      processed.map(({ attributes }) => [
        attributes['messaging.rabbitmq.message.delivery_tag'],
        attributes['error.type'],
        attributes['waybill.message.attempt'],
      ]),
      [
        [3, 'nack', undefined],
        [4, 'reject', 2],
        [1, undefined, undefined],
        [2, undefined, undefined],
      ],
    )
    assert.equal(spans.one(`ack ${queue}`).attributes['messaging.batch.message_count'], 2)
    assert.equal(spans.one(`nack ${queue}`).parentSpanContext?.spanId, processed[0]?.spanContext().spanId)
  })

  test(`${title}: what is unsettled when the channel closes ends, and settling it then fails`, async () => {
    const queue = await rabbitmq.queue()
    const channel = await (await connect()).channel()
    const messages: AMQPMessage[] = []
    await channel.basicConsume(queue, { noAck: false }, message => {
      messages.push(message)
    })
    await rabbitmq.send('', queue, 'body')
    await until('the message', () => messages.length === 1)
    await channel.close()
    assert.equal(spans.one(`process ${queue}`).attributes['error.type'], 'channel_closed')
    await assert.rejects(async () => messages[0]?.ack(), /closed/)
    assert.equal(spans.one(`ack ${queue}`).status.code, SpanStatusCode.ERROR)
  })

  test(`${title}: basicGet has a receive span that links the producer; nothing found makes none`, async () => {
    const queue = await rabbitmq.queue()
    const channel = await (await connect()).channel()
    assert.equal(await channel.basicGet(queue, { noAck: false }), null)
    await rabbitmq.send('', queue, 'body', { headers: { traceparent } })
    const message = (await channel.basicGet(queue, { noAck: false })) as AMQPMessage
    await message.ack()
    const receive = spans.one(`receive ${queue}`)
    assert.equal(receive.kind, SpanKind.CLIENT)
    assert.equal(receive.links[0]?.context.spanId, producer.spanId)
    assert.equal(spans.one(`ack ${queue}`).spanContext().traceId, producer.traceId)
  })

  test(`${title}: continue link, rules and queues of a made-up name; traced again, the options are others`, async () => {
    const client = await connect()
    assert.equal(
      traceAmqpClient(client, { continue: 'link', rules: [{ operation: 'settle', skip: true }] }),
      client,
    )
    const channel = await client.channel()
    const { name } = await channel.queueDeclare('')
    await channel.basicConsume(name, { noAck: false }, message => message.ack())
    await rabbitmq.send('', name, 'body', { headers: { traceparent } })
    await until('the message', () => spans.all().length === 1)
    const [process] = spans.all()
    assert.equal(process?.name, 'process')
    assert.equal(process?.parentSpanContext, undefined)
    assert.equal(process?.links[0]?.context.traceId, producer.traceId)
    assert.equal(process?.attributes['messaging.destination.anonymous'], true)
    assert.equal(process?.attributes['messaging.destination.temporary'], true)
  })
}

test('its spans have no attribute that the README does not have', async () => {
  assert.ok(spans.seen().length > 0)
  assert.deepEqual(await undocumentedAttributes(spans.seen()), [])
})
