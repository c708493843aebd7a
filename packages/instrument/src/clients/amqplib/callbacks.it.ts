import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Channel, Connection } from 'amqplib/callback_api'
import { traceChannel, traceConnection } from '../../index.ts'
import { amqplibs, testConnections } from '../../testing/amqplib.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { testRabbitmq } from '../../testing/rabbitmq.ts'
import { active, traceparent } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()
const connections = testConnections(rabbitmq)

beforeEach(() => spans.clear())

const activeSpanId = (): string | undefined => trace.getSpanContext(context.active())?.spanId

/** The channel that a connection calls back with. */
function created(connection: Connection, method: 'createChannel' | 'createConfirmChannel'): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const returned: unknown = connection[method]((error: unknown, channel: Channel) => {
      if (error !== null) return reject(error)
      assert.equal(channel, returned, 'the callback API returns the channel, too')
      resolve(channel)
    })
  })
}

for (const amqplib of amqplibs) {
  const named = (what: string): string => `amqplib ${amqplib.version}, callbacks: ${what}`

  test(named('publish, consume and settle give back the channel, and their spans'), async () => {
    const connection = traceConnection(await connections.calledBack(amqplib))
    const channel = await created(connection, 'createChannel')
    const queue = await rabbitmq.queue()
    assert.equal(channel.sendToQueue(queue, Buffer.from('v')), true)
    const settled = new Promise<unknown>(resolve => {
      const consuming: unknown = channel.consume(
        queue,
        message => {
          if (message !== null) resolve(channel.ack(message))
        },
        {},
        (error: unknown, ok: unknown) => {
          assert.equal(error, null)
          assert.match(JSON.stringify(ok), /consumerTag/)
        },
      )
      assert.equal(consuming, channel)
    })
    assert.equal(await settled, channel)
    const [sent, ack, processed, ...more] = await until(
      'the spans',
      () => spans.all().length === 3 && spans.all(),
    )
    assert.deepEqual(more, [])
    assert.deepEqual(
      [sent, ack, processed].map(span => span?.name),
      [`publish ${queue}`, `ack ${queue}`, `process ${queue}`],
    )
    assert.equal(processed?.parentSpanContext?.spanId, sent?.spanContext().spanId)
    assert.equal(ack?.parentSpanContext?.spanId, processed?.spanContext().spanId)
  })

  test(named('a confirm channel calls back in the context of the publication'), async () => {
    const channel = await created(
      traceConnection(await connections.calledBack(amqplib)),
      'createConfirmChannel',
    )
    const queue = await rabbitmq.queue()
    const inCallback = await new Promise(resolve => {
      context.with(active('a'), () => {
        const confirming = channel as unknown as { sendToQueue(...args: unknown[]): boolean }
        confirming.sendToQueue(queue, Buffer.from('v'), undefined, () => resolve(activeSpanId()))
      })
    })
    assert.equal(inCallback, 'a'.repeat(16))
    assert.equal(spans.one(`publish ${queue}`).parentSpanContext?.spanId, 'a'.repeat(16))
  })

  test(named('get calls back in the context of the call, with the message, false or the error'), async () => {
    const channel = await created(traceConnection(await connections.calledBack(amqplib)), 'createChannel')
    const queue = await rabbitmq.queue()
    await rabbitmq.send('', queue, 'v', { headers: { traceparent: traceparent('c') } })
    const get = (): Promise<readonly unknown[]> =>
      new Promise(resolve =>
        context.with(active('b'), () => {
          const returned: unknown = channel.get(queue, { noAck: true }, (error: unknown, message: unknown) =>
            resolve([error, message, activeSpanId()]),
          )
          assert.equal(returned, channel)
        }),
      )
    const [error, message, inCallback] = await get()
    assert.equal(error, null)
    assert.equal(String((message as { content: Buffer }).content), 'v')
    assert.equal(inCallback, 'b'.repeat(16))
    assert.equal(spans.one(`receive ${queue}`).links[0]?.context.traceId, 'c'.repeat(32))
    assert.deepEqual(await get(), [null, false, 'b'.repeat(16)])
    assert.equal(spans.all().length, 1)
  })

  test(named('a queue that the broker names is known, with a callback and without'), async () => {
    const channel = traceChannel(await created(await connections.calledBack(amqplib), 'createChannel'))
    const name = await new Promise<string>(resolve =>
      channel.assertQueue('', { exclusive: true }, (_, ok) => resolve(ok.queue)),
    )
    channel.consume('', () => {}, { noAck: true })
    channel.sendToQueue(name, Buffer.from('v'))
    const first = await until('the span', () => spans.named('process')[0])
    assert.equal(first.attributes['messaging.destination.temporary'], true)
    spans.clear()
    const temporary = `temporary-${name}`
    const asserted: unknown = channel.assertQueue(temporary, { autoDelete: true })
    assert.equal(asserted, channel)
    await new Promise(resolve => channel.checkQueue(temporary, resolve))
    channel.consume(temporary, () => {}, { noAck: true })
    channel.sendToQueue(temporary, Buffer.from('v'))
    const second = await until('the span', () => spans.named('process')[0])
    assert.equal(second.attributes['messaging.destination.name'], temporary)
  })

  test(named('a handler that throws fails its span once'), async () => {
    const channel = traceChannel(await created(await connections.calledBack(amqplib), 'createChannel'))
    const queue = await rabbitmq.queue()
    await rabbitmq.send('', queue, 'v')
    const failed = new Promise<Error>(resolve => channel.on('error', resolve))
    channel.consume(queue, () => {
      throw new RangeError('no')
    })
    assert.equal((await failed).message, 'no')
    const span = await until('the span', () => spans.named(`process ${queue}`)[0])
    assert.equal(span.status.code, SpanStatusCode.ERROR)
    assert.equal(spans.all().length, 1)
  })
}
