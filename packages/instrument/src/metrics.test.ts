import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attributes } from '@opentelemetry/api'
import { context, metrics } from '@opentelemetry/api'
import type { DataPoint, Histogram } from '@opentelemetry/sdk-metrics'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { instruments } from './metrics.ts'
import { nextHash, pathAttributes, readPath } from './path.ts'
import { handleMessage } from './process.ts'
import { endReceive, startReceive } from './receive.ts'
import { contextOf, processMessage } from './scope.ts'
import { endSend, endSendCall, failSend, startSend, startSendCall } from './send.ts'
import { endSettle, startSettle } from './settle.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { kafkaRoute, rabbitmqRoute } from './testing/routes.ts'

class OnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

collectSpans()

assert.equal(instruments(), undefined)
const reader = new OnDemand()
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))

/** The points of a metric whose attributes contain these. */
async function points(name: string, having: Attributes) {
  const { resourceMetrics } = await reader.collect()
  const metric = resourceMetrics.scopeMetrics
    .flatMap(scope => scope.metrics)
    .find(m => m.descriptor.name === name)
  const found = (metric?.dataPoints ?? []) as DataPoint<Histogram | number>[]
  return found.filter(point =>
    Object.entries(having).every(([key, value]) => point.attributes[key] === value),
  )
}

async function count(name: string, having: Attributes): Promise<number> {
  return (await points(name, having)).reduce(
    (sum, { value }) => sum + (typeof value === 'number' ? value : value.count),
    0,
  )
}

test('messages sent are counted and timed, with the type of the error where there was one', async () => {
  const route = kafkaRoute({}, 'sent', 1)
  endSend(startSend(route, { headers: {} }))
  failSend(startSend(route, { headers: {} }), new RangeError('no'))
  const own = { 'messaging.destination.name': 'sent' }
  assert.equal(await count('messaging.client.sent.messages', own), 2)
  assert.equal(await count('messaging.client.sent.messages', { ...own, 'error.type': 'RangeError' }), 1)
  const [point] = await points('messaging.client.operation.duration', own)
  assert.deepEqual(point?.attributes, {
    ...own,
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.partition.id': '1',
  })
  const { boundaries } = (point?.value as Histogram).buckets
  assert.deepEqual(boundaries, [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10])
})

test('a call that sends several is timed once, and its messages are counted', async () => {
  for (const sends of ['bulk', 'create'] as const) {
    const route = kafkaRoute({ sends }, sends)
    const call = startSendCall(route, 2)
    assert.ok(call !== undefined)
    for (const sending of [1, 2].map(() => startSend(route, { headers: {} }, call))) endSend(sending)
    endSendCall(call)
    const own = { 'messaging.destination.name': sends, 'messaging.operation.name': 'send' }
    assert.equal(await count('messaging.client.sent.messages', own), 2)
    assert.equal(await count('messaging.client.operation.duration', own), 1)
  }
})

test('deliveries are counted once, processing timed, waiting measured, whether spans are recorded or not', async () => {
  const rules = [{ skip: true }]
  const message = { headers: {}, timestampMs: Date.now() - 2000 }
  for (const options of [{}, { rules }]) handleMessage(kafkaRoute(options, 'read', 0, 'g'), message, () => {})
  await handleMessage(kafkaRoute({}, 'read', 0, 'g'), message, () => Promise.reject(new Error())).catch(
    () => {},
  )
  const own = { 'messaging.destination.name': 'read', 'messaging.consumer.group.name': 'g' }
  assert.equal(await count('messaging.client.consumed.messages', own), 3)
  assert.equal(await count('messaging.process.duration', own), 3)
  assert.equal(await count('messaging.process.duration', { ...own, 'error.type': 'Error' }), 1)
  const [waited] = await points('waybill.message.queue.duration', own)
  assert.ok(Number((waited?.value as Histogram).min) >= 2)
})

test('receives and settlements are operations of their own', async () => {
  const route = rabbitmqRoute({}, { name: 'jobs' })
  endReceive(startReceive(route), [{ headers: {} }], true)
  endSettle(startSettle(route, { name: 'ack' }))
  for (const name of ['receive', 'ack'])
    assert.equal(
      await count('messaging.client.operation.duration', {
        'messaging.operation.name': name,
        'messaging.destination.name': 'jobs',
      }),
      1,
    )
})

test('a message that was asked for is counted when it comes, not again when it is processed', async () => {
  const options = { paths: true }
  const { headers } = startSend(kafkaRoute(options, 'asked'), { headers: {} })
  const original = {}
  const route = kafkaRoute(options, 'asked', 0, 'g')
  endReceive(startReceive(route), [{ headers, original, timestampMs: Date.now() - 1000 }], true)
  const own = { 'messaging.destination.name': 'asked', 'messaging.consumer.group.name': 'g' }
  const counts = async () => [
    await count('messaging.client.consumed.messages', own),
    await count('waybill.message.queue.duration', own),
    await count('waybill.path.duration', own),
    await count('messaging.process.duration', own),
  ]
  assert.deepEqual(await counts(), [1, 1, 1, 0])
  processMessage(original, () => {})
  assert.deepEqual(await counts(), [1, 1, 1, 1])
  const next = context.with(contextOf(original), () =>
    startSend(kafkaRoute(options, 'next'), { headers: {} }),
  )
  assert.equal(readPath(next.headers)?.hash, nextHash(nextHash('0'.repeat(16), 'asked'), 'next'))
})

test('names that are made up are no series; a template stands for its family', async () => {
  handleMessage(rabbitmqRoute({}, { name: 'amq.gen-1' }), { headers: {} }, () => {})
  const rules = [{ destination: 'reports.*', template: 'reports.{id}' }]
  for (const id of [1, 2]) handleMessage(kafkaRoute({ rules }, `reports.${id}`), { headers: {} }, () => {})
  const anonymous = await points('messaging.process.duration', { 'messaging.system': 'rabbitmq' })
  assert.ok(anonymous.every(point => point.attributes['messaging.destination.name'] === undefined))
  const family = { 'messaging.destination.template': 'reports.{id}' }
  assert.equal((await points('messaging.process.duration', family)).length, 1)
  assert.equal(await count('messaging.process.duration', family), 2)
})

test('paths: measured from the first send over every hop, without a span', async () => {
  const options = { paths: true, rules: [{ skip: true }] }
  const first = startSend(kafkaRoute(options, 'in'), { headers: {} })
  let second: ReturnType<typeof startSend> | undefined
  handleMessage(kafkaRoute(options, 'in'), { headers: first.headers }, () => {
    second = startSend(kafkaRoute(options, 'out'), { headers: first.headers })
  })
  const [one, two] = [readPath(first.headers), readPath(second?.headers)]
  assert.ok(one !== undefined && two !== undefined)
  assert.equal(two.startedMs, one.startedMs)
  assert.equal(one.hash, nextHash('0'.repeat(16), 'in'))
  assert.equal(two.hash, nextHash(one.hash, 'out'))
  const header = (first.headers as Record<string, string>)['waybill-path'] ?? ''
  assert.ok(header.length <= 28, header)
  handleMessage(kafkaRoute(options, 'out'), { headers: second?.headers }, () => {})
  const [measured] = await points('waybill.path.duration', { 'waybill.path.hash': two.hash })
  assert.equal(measured?.attributes['messaging.destination.name'], 'out')
  assert.equal(measured?.attributes['waybill.path.hops'], 'in > out')
})

test('paths: a message without one starts anew, though it is handled within another; rubbish is none', () => {
  const options = { paths: true }
  const started = startSend(kafkaRoute(options, 'a'), { headers: {} })
  handleMessage(kafkaRoute(options, 'a'), { headers: started.headers }, () => {
    handleMessage(kafkaRoute(options, 'b'), { headers: {} }, () => {
      const inner = startSend(kafkaRoute(options, 'c'), { headers: {} })
      assert.equal(readPath(inner.headers)?.hash, nextHash('0'.repeat(16), 'c'))
    })
  })
  for (const text of [
    '',
    '.',
    'x.y',
    `${'a'.repeat(16)}.`,
    `${'a'.repeat(16)}.-1`,
    'a'.repeat(100),
    'other.!',
  ])
    assert.equal(readPath({ 'waybill-path': text }), undefined, text)
  assert.equal(readPath({ 'waybill-path': `other.${(1).toString(36)}` })?.hash, 'other')
})

test('paths: what headers say cannot make more series than a bounded number', () => {
  const names = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(16, '0'))
  const found = new Set(
    names.map(hash => pathAttributes({ hash, startedMs: 1 }, 'orders')['waybill.path.hash']),
  )
  assert.ok(found.size <= 501 && found.has('other'), String(found.size))
})
