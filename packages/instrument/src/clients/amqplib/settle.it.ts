import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { inspect } from 'node:util'
import { context, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { Channel, ConsumeMessage } from 'amqplib'
import type { MessagingOptions } from '../../index.ts'
import { processMessage, traceChannel } from '../../index.ts'
import type { AmqplibVersion } from '../../testing/amqplib.ts'
import { amqplibs, testConnections } from '../../testing/amqplib.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { active, traceparent } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const connections = testConnections(rabbitmq)

beforeEach(() => spans.clear())

async function open(amqplib: AmqplibVersion, options?: MessagingOptions): Promise<Channel> {
  return traceChannel(await (await connections.promised(amqplib)).createChannel(), options)
}

/** Consumes a queue with a handler that only keeps the messages, until there are so many. */
async function hold(channel: Channel, queue: string, count: number): Promise<readonly ConsumeMessage[]> {
  const held: ConsumeMessage[] = []
  await channel.consume(queue, message => {
    if (message !== null) held.push(message)
  })
  await until(`${count} messages`, () => held.length === count)
  return held
}

/** Without what differs from channel to channel, and without the lines of the code. */
function withoutIds(text: string): string {
  return text.replace(/channel: \d+/, '').replace(/\n *at .*/g, '')
}

/** A queue with so many messages. */
async function filled(count: number): Promise<string> {
  const queue = await rabbitmq.queue()
  for (let i = 0; i < count; i++) await rabbitmq.send('', queue, String(i))
  return queue
}

for (const amqplib of amqplibs) {
  const named = (what: string): string => `amqplib ${amqplib.version}: ${what}`

  test(named('an ack is a CLIENT span under the process span, wherever it comes from'), async () => {
    const channel = await open(amqplib)
    const queue = await filled(1)
    const [message] = await hold(channel, queue, 1)
    assert.ok(message)
    assert.deepEqual(spans.all(), [], 'the processing waits for the ack')
    assert.equal(
      context.with(active('f'), () => channel.ack(message)),
      undefined,
    )
    const ack = spans.one(`ack ${queue}`)
    const processed = spans.one(`process ${queue}`)
    assert.equal(ack.kind, SpanKind.CLIENT)
    assert.equal(ack.parentSpanContext?.spanId, processed.spanContext().spanId)
    const { hostname, port } = new URL(rabbitmq.url)
    assert.deepEqual(ack.attributes, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'ack',
      'messaging.operation.type': 'settle',
      'messaging.destination.name': queue,
      'messaging.rabbitmq.message.delivery_tag': 1,
      'server.address': hostname,
      'server.port': Number(port),
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(port),
    })
    assert.equal(processed.status.code, SpanStatusCode.UNSET)
  })

  test(named('a copy of the message settles as the message does'), async () => {
    const channel = await open(amqplib)
    const queue = await filled(1)
    const [message] = await hold(channel, queue, 1)
    assert.ok(message)
    channel.ack({ ...message, fields: { ...message.fields } })
    assert.equal(spans.one(`ack ${queue}`).status.code, SpanStatusCode.UNSET)
    assert.equal(spans.named(`process ${queue}`).length, 1)
    await until('the broker has no message', async () => (await rabbitmq.ready(queue)) === 0)
  })

  test(named('the processing of a promise ends with it, not with the ack'), async () => {
    const channel = await open(amqplib)
    const queue = await filled(1)
    let finish = (): void => {}
    const work = new Promise<void>(resolve => {
      finish = resolve
    })
    await channel.consume(queue, async message => {
      if (message !== null) channel.ack(message)
      await work
    })
    await until('the ack', () => spans.named(`ack ${queue}`).length === 1)
    assert.deepEqual(spans.named(`process ${queue}`), [])
    finish()
    await until('the process span', () => spans.named(`process ${queue}`).length === 1)
  })

  test(named('nack and reject have spans of their own, and the message counts as failed'), async () => {
    const channel = await open(amqplib)
    const queue = await filled(1)
    let attempts = 0
    await channel.consume(queue, message => {
      if (message === null) return
      attempts++
      if (attempts === 1) channel.nack(message)
      else if (attempts === 2) channel.reject(message, false)
    })
    await until('two deliveries', () => spans.named(`process ${queue}`).length === 2)
    const [first, second] = spans.named(`process ${queue}`)
    assert.equal(first?.status.code, SpanStatusCode.ERROR)
    assert.equal(first?.attributes['error.type'], 'nack')
    assert.equal('waybill.message.attempt' in (first?.attributes ?? {}), false)
    assert.equal(second?.attributes['error.type'], 'reject')
    assert.match(String(second?.status.message), /not to be delivered again/)
    assert.equal(second?.attributes['waybill.message.attempt'], 2, 'redelivered')
    const nack = spans.one(`nack ${queue}`)
    assert.equal(nack.status.code, SpanStatusCode.UNSET)
    assert.equal(nack.parentSpanContext?.spanId, first?.spanContext().spanId)
    assert.equal(spans.one(`reject ${queue}`).parentSpanContext?.spanId, second?.spanContext().spanId)
  })

  test(named('allUpTo settles what came before, out of order, and nothing else'), async () => {
    const channel = await open(amqplib)
    const queue = await filled(6)
    const held = await hold(channel, queue, 6)
    const [, second, , fourth, fifth] = held
    assert.ok(second && fourth && fifth)
    channel.ack(second)
    channel.ack(fourth, true)
    const all = spans.named(`ack ${queue}`)
    assert.deepEqual(
      all.map(span => span.attributes['messaging.batch.message_count']),
      [undefined, 3],
    )
    assert.equal(spans.named(`process ${queue}`).length, 4)
    channel.nack(fifth, true, false)
    assert.equal(spans.one(`nack ${queue}`).attributes['messaging.batch.message_count'], 1)
    channel.ackAll()
    assert.equal(spans.named(`ack ${queue}`)[2]?.attributes['messaging.batch.message_count'], 1)
    assert.equal(spans.named(`process ${queue}`).length, 6)
    assert.deepEqual(
      spans.named(`process ${queue}`).map(span => span.status.code === SpanStatusCode.ERROR),
      [false, false, false, false, true, false],
    )
    channel.ackAll()
    channel.nackAll()
    assert.equal(spans.all().length, 10, 'nothing was left to settle')
  })

  test(named('nackAll of two queues has a span for each'), async () => {
    const channel = await open(amqplib)
    const [one, other] = [await filled(2), await filled(1)]
    await hold(channel, one, 2)
    await hold(channel, other, 1)
    channel.nackAll(false)
    assert.equal(spans.one(`nack ${one}`).attributes['messaging.batch.message_count'], 2)
    assert.equal(spans.one(`nack ${other}`).attributes['messaging.batch.message_count'], 1)
    assert.equal(spans.named(`process ${one}`).length, 2)
  })

  test(
    named('a channel that closes ends what it had not settled; settling later fails as without us'),
    async () => {
      const channel = await open(amqplib)
      const queue = await filled(1)
      const [message] = await hold(channel, queue, 1)
      assert.ok(message)
      await channel.close()
      const processed = spans.one(`process ${queue}`)
      assert.equal(processed.attributes['error.type'], 'channel_closed')
      assert.throws(() => channel.ack(message), { name: 'IllegalOperationError' })
      const ack = spans.one(`ack ${queue}`)
      assert.equal(ack.attributes['error.type'], 'IllegalOperationError')
      assert.equal(ack.parentSpanContext?.spanId, processed.spanContext().spanId)
    },
  )

  test(named('recover gives everything back'), async () => {
    const channel = await open(amqplib)
    const queue = await filled(2)
    let deliveries = 0
    await channel.consume(queue, message => {
      if (message !== null && ++deliveries > 2) channel.ack(message)
    })
    await until('both', () => deliveries === 2)
    await channel.recover()
    await until('both again', () => spans.named(`ack ${queue}`).length === 2)
    assert.deepEqual(
      spans.named(`process ${queue}`).map(span => span.attributes['error.type']),
      ['recovered', 'recovered', undefined, undefined],
    )
    assert.deepEqual(
      spans.named(`process ${queue}`).map(span => span.attributes['waybill.message.attempt']),
      [undefined, undefined, 2, 2],
    )
  })

  test(named('x-death says which attempt it is and where the message died'), async () => {
    const channel = await open(amqplib)
    const dead = await rabbitmq.queue()
    const queue = await rabbitmq.queue({ deadLetterExchange: '', deadLetterRoutingKey: dead })
    await rabbitmq.send('', queue, 'v', { headers: { traceparent: traceparent('a') } })
    await channel.consume(queue, message => message !== null && channel.reject(message, false))
    await channel.consume(dead, message => message !== null && channel.ack(message))
    const second = await until('the dead letter', () => spans.named(`process ${dead}`)[0])
    assert.equal(second.attributes['waybill.message.attempt'], 2)
    assert.equal(second.attributes['waybill.dead_letter.destination'], queue)
    assert.equal(second.attributes['waybill.dead_letter.reason'], 'rejected')
    assert.equal(second.spanContext().traceId, 'a'.repeat(32), 'one trace across attempts')
  })

  test(named('x-delivery-count of a quorum queue says which attempt it is'), async () => {
    const channel = await open(amqplib)
    const queue = await rabbitmq.queue({ durable: true, arguments: { 'x-queue-type': 'quorum' } })
    await rabbitmq.send('', queue, 'v')
    let deliveries = 0
    await channel.consume(queue, message => {
      if (message === null) return
      if (++deliveries < 4) channel.nack(message)
      else channel.ack(message)
    })
    await until('four deliveries', () => spans.named(`process ${queue}`).length === 4)
    assert.deepEqual(
      spans.named(`process ${queue}`).map(span => span.attributes['waybill.message.attempt']),
      [undefined, 2, 3, 4],
    )
  })

  test(named('get has a receive span linked to the producer; the ack follows the work'), async () => {
    const channel = await open(amqplib)
    const queue = await rabbitmq.queue()
    assert.equal(await channel.get(queue), false)
    assert.deepEqual(spans.all(), [], 'an empty queue is no span')
    await rabbitmq.send('', queue, '1', { headers: { traceparent: traceparent('a') }, messageId: 'm' })
    const message = await channel.get(queue)
    assert.ok(message)
    const received = spans.one(`receive ${queue}`)
    assert.equal(received.kind, SpanKind.CLIENT)
    assert.equal(received.links[0]?.context.traceId, 'a'.repeat(32))
    assert.equal(received.attributes['messaging.rabbitmq.message.delivery_tag'], 1)
    assert.equal(received.attributes['messaging.message.id'], 'm')
    assert.equal(received.attributes['messaging.operation.type'], 'receive')
    assert.equal('messaging.batch.message_count' in received.attributes, false)
    await processMessage(message, async () => {
      await Promise.resolve()
      channel.ack(message)
    })
    const processed = spans.one(`process ${queue}`)
    assert.equal(processed.parentSpanContext?.spanId, 'a'.repeat(16))
    assert.equal(spans.one(`ack ${queue}`).parentSpanContext?.spanId, processed.spanContext().spanId)

    spans.clear()
    await rabbitmq.send('', queue, '2', { headers: { traceparent: traceparent('b') } })
    const later = await channel.get(queue, {})
    assert.ok(later)
    channel.ack(later)
    assert.equal(spans.one(`ack ${queue}`).parentSpanContext?.spanId, 'b'.repeat(16))
    await rabbitmq.send('', queue, '3')
    assert.ok(await channel.get(queue, { noAck: true }))
    channel.ackAll()
    assert.equal(spans.named(`ack ${queue}`).length, 1)
  })

  test(named('get of a queue that is not there fails as without tracing'), async () => {
    const plain = await (await connections.promised(amqplib)).createChannel()
    const channel = await open(amqplib)
    const messageOf = async (tried: Channel): Promise<string> => {
      tried.on('error', () => {})
      return tried.get('no-such-queue').then(
        () => 'nothing',
        // The older one rejects with the frame that closed the channel.
        (error: unknown) => inspect(error),
      )
    }
    const expected = await messageOf(plain)
    assert.match(expected, /NOT_FOUND/)
    assert.equal(withoutIds(await messageOf(channel)), withoutIds(expected))
    assert.equal(spans.one('receive no-such-queue').status.code, SpanStatusCode.ERROR)
  })

  test(named('what the client refuses to settle is refused as without tracing'), async () => {
    const channel = await open(amqplib)
    const wrong = [undefined, null, {}, { fields: null }, { fields: { deliveryTag: 'x' } }]
    for (const message of wrong)
      assert.throws(() => channel.ack(message as unknown as ConsumeMessage), TypeError)
    assert.deepEqual(spans.all(), [])
  })
}

test('acks at random among thousands find each its own message', async () => {
  const amqplib = amqplibs[amqplibs.length - 1]
  assert.ok(amqplib)
  const channel = await open(amqplib, { rules: [{ operation: 'settle', skip: true }] })
  const queue = await rabbitmq.queue()
  const count = 3_000
  for (let i = 0; i < count; i++) await rabbitmq.send('', queue, '')
  const held = [...(await hold(channel, queue, count))].sort(() => Math.random() - 0.5)
  for (const message of held) channel.ack(message)
  assert.equal(spans.named(`process ${queue}`).length, count)
  assert.equal(
    new Set(spans.all().map(span => span.attributes['messaging.rabbitmq.message.delivery_tag'])).size,
    count,
  )
})
