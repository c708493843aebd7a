import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { beforeEach, test } from 'node:test'
import { SpanStatusCode } from '@opentelemetry/api'
import { traceRdkafka } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'

// What no broker can be made to do when a test wants it.

const spans = collectSpans()
beforeEach(() => spans.clear())

interface Produced {
  readonly opaque: unknown
  readonly headers: readonly object[] | undefined
}

/** Shaped as the clients' producers are, without an addon. */
class StubProducer extends EventEmitter {
  readonly _cb_configs = { event: { delivery_cb: () => {} } }
  readonly globalConfig = {}
  readonly _metadata = {
    brokers: [
      { id: 1, host: 'one', port: 9001 },
      { id: 2, host: 'two', port: 9002 },
    ],
    topics: [{ name: 'orders', partitions: [{ id: 0, leader: 2 }] }],
  }
  readonly produced: Produced[] = []
  refusal: Error | undefined

  produce(...args: readonly unknown[]): boolean {
    const [, , , , , opaque, headers] = args
    this.produced.push({ opaque, headers: headers as readonly object[] | undefined })
    if (this.refusal !== undefined) throw this.refusal
    return true
  }

  report(index: number, error: Error | null = null): void {
    const opaque = this.produced[index]?.opaque
    this.emit('delivery-report', error, { topic: 'orders', partition: 0, offset: 7, opaque })
  }
}

const send = (producer: StubProducer, headers?: readonly object[]) =>
  producer.produce('orders', null, Buffer.from('v'), 'k', undefined, undefined, headers)

test('what is no client is warned of and given back', async () => {
  const warning = new Promise<Error>(resolve => process.once('warning', resolve))
  const thing = Object.freeze({})
  assert.equal(traceRdkafka(thing), thing)
  assert.match((await warning).message, /traceRdkafka was given something/)
})

test('the leader of the partition comes from the metadata', () => {
  const producer = traceRdkafka(new StubProducer())
  send(producer)
  producer.report(0)
  const { attributes } = spans.one('send orders')
  assert.equal(attributes['messaging.kafka.offset'], 7)
  assert.equal(attributes['server.address'], 'two')
  assert.equal(attributes['server.port'], 9002)
  assert.equal(attributes['messaging.client.id'], 'rdkafka')
})

test('messages without a report fail when their producer is disconnected; late reports are passed on', () => {
  const producer = traceRdkafka(new StubProducer())
  const told: unknown[] = []
  producer.on('delivery-report', (_error, report) => told.push(Object.keys(report)))
  send(producer)
  producer.emit('disconnected', {})
  const span = spans.one('send orders')
  assert.equal(span.status.code, SpanStatusCode.ERROR)
  assert.match(String(span.status.message), /disconnected before a delivery report/)
  producer.report(0)
  assert.equal(spans.all().length, 1)
  assert.deepEqual(told, [['topic', 'partition', 'offset']])
})

test('a message that is refused and sent nevertheless has one span, and ours stands before what is refused', () => {
  const producer = traceRdkafka(new StubProducer())
  producer.refusal = new Error('Header value must be a string or buffer')
  assert.throws(() => send(producer, [{ n: 1 }]), /Header value/)
  producer.report(0)
  assert.equal(spans.one('send orders').status.code, SpanStatusCode.ERROR)
  assert.deepEqual(
    producer.produced[0]?.headers?.map(header => Object.keys(header)[0]),
    ['traceparent', 'n'],
  )
})

test("a report's error has no code of its own: only librdkafka's word for headers gives them up", () => {
  const producer = traceRdkafka(new StubProducer())
  const failed = (message: string) => Object.assign(new Error(message), { code: -1 })
  for (const message of [
    'Broker: Message size too large',
    'Local: Required feature not supported by broker',
  ]) {
    send(producer)
    producer.report(producer.produced.length - 1, failed(message))
  }
  send(producer)
  const carried = producer.produced.map(({ headers }) => headers?.length ?? 0)
  assert.deepEqual(carried, [1, 1, 0])
  assert.deepEqual(
    spans.all().map(span => span.status.message),
    ['Broker: Message size too large', 'Local: Required feature not supported by broker'],
  )
})
