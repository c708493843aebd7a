import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { nextSpan } from './next-span.ts'
import { endReceive, failReceive, startReceive } from './receive.ts'
import { contextOf, processMessage } from './scope.ts'
import { endSettle, failSettle, startSettle } from './settle.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { active, kafkaRoute, rabbitmqRoute, spanIdOf, traceparent } from './testing/routes.ts'
import { unsettled } from './unsettled.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

test('a single message that was asked for: a CLIENT span linked to its producer, and a process span on demand', () => {
  const message = { headers: { traceparent: traceparent('a') }, original: {}, messageId: 'm', deliveryTag: 1 }
  const route = rabbitmqRoute()
  context.with(active('c'), () => endReceive(startReceive(route), [message], true))
  const received = spans.one('receive mails')
  assert.equal(received.kind, SpanKind.CLIENT)
  assert.equal(received.parentSpanContext, undefined)
  assert.equal(received.attributes['messaging.message.id'], 'm')
  assert.equal(received.attributes['messaging.rabbitmq.message.delivery_tag'], 1)
  assert.equal(received.attributes['messaging.batch.message_count'], undefined)
  assert.deepEqual(
    received.links.map(link => [link.context.traceId[0], link.attributes]),
    [['a', undefined]],
  )
  assert.equal(trace.getSpanContext(contextOf(message.original))?.spanId, 'a'.repeat(16))
  assert.equal(
    processMessage(message.original, () => trace.getActiveSpan()?.spanContext().traceId),
    'a'.repeat(32),
  )
  const processed = spans.one('process mails')
  assert.equal(processed.parentSpanContext?.spanId, 'a'.repeat(16))
  assert.equal(processed.links[0]?.context.spanId, received.spanContext().spanId)
})

test('several messages: their number on the span, what differs on its links; none at all makes no span', () => {
  const route = kafkaRoute()
  const messages = ['a', 'b'].map((digit, offset) => ({
    headers: { traceparent: traceparent(digit) },
    offset,
  }))
  endReceive(startReceive(route), [], false)
  assert.equal(spans.all().length, 0)
  endReceive(startReceive(route), messages, false)
  const poll = spans.one('poll orders')
  assert.equal(poll.attributes['messaging.batch.message_count'], 2)
  assert.deepEqual(
    poll.links.map(link => link.attributes),
    [{ 'messaging.kafka.offset': 0 }, { 'messaging.kafka.offset': 1 }],
  )
})

test('a receive that fails says so, unless a rule skips it', () => {
  failReceive(startReceive(kafkaRoute()), new Error('gone'))
  failReceive(startReceive(kafkaRoute({ rules: [{ operation: 'receive', skip: true }] })), new Error('gone'))
  assert.equal(spans.one('poll orders').status.code, SpanStatusCode.ERROR)
})

test('nextSpan: child of the message, else of what is active, else a root that says which message it is', () => {
  const [carrying, plain] = [{ headers: { traceparent: traceparent('a') } }, { headers: {} }]
  context.with(active('c'), () => {
    for (const message of [carrying, plain]) nextSpan(message, 'store').end()
  })
  nextSpan(plain, 'store').end()
  const [child, sibling, root] = spans.all()
  assert.equal(child?.parentSpanContext?.spanId, 'a'.repeat(16))
  assert.equal(sibling?.parentSpanContext?.spanId, 'c'.repeat(16))
  assert.equal(root?.parentSpanContext, undefined)
  spans.clear()
  const original = {}
  const message = { headers: {}, original, key: 'k', offset: 3 }
  endReceive(startReceive(kafkaRoute()), [message], false)
  nextSpan(original, 'store').end()
  const said = spans.one('store').attributes
  assert.deepEqual(said, {
    'messaging.destination.name': 'orders',
    'messaging.kafka.message.key': 'k',
    'messaging.kafka.offset': 3,
  })
  endReceive(startReceive(kafkaRoute()), [{ ...message, headers: carrying.headers }], false)
  spans.clear()
  nextSpan(original, 'store').end()
  assert.deepEqual(spans.one('store').attributes, {})
})

test('settlements: CLIENT spans by the name of the call, children of the processing', () => {
  const parent = active('a')
  const facts = { name: 'ack', message: { headers: {}, deliveryTag: 3 }, parent }
  endSettle(startSettle(rabbitmqRoute(), facts))
  failSettle(startSettle(rabbitmqRoute(), { name: 'nack', messageCount: 2, parent }), new Error('closed'))
  endSettle(startSettle(kafkaRoute(), { name: 'commit' }))
  const skipping = [{ operation: 'settle', skip: true }] as const
  endSettle(startSettle(kafkaRoute({ rules: skipping }), { name: 'commit' }))
  const [ack, nack, commit, ...more] = spans.all()
  assert.deepEqual(more, [])
  assert.deepEqual([ack?.name, nack?.name, commit?.name], ['ack mails', 'nack mails', 'commit orders'])
  assert.equal(ack?.kind, SpanKind.CLIENT)
  assert.equal(ack?.parentSpanContext?.spanId, 'a'.repeat(16))
  assert.equal(ack?.attributes['messaging.operation.type'], 'settle')
  assert.equal(ack?.attributes['messaging.rabbitmq.message.delivery_tag'], 3)
  assert.equal(nack?.attributes['messaging.batch.message_count'], 2)
  assert.equal(nack?.status.code, SpanStatusCode.ERROR)
  assert.equal(commit?.parentSpanContext, undefined)
  assert.equal(spanIdOf(undefined), undefined)
})

test('unsettled deliveries are found by tag, one, up to one, or all, in the order of delivery', () => {
  const waiting = unsettled<string>()
  for (let tag = 1; tag <= 6; tag++) waiting.keep(tag, `m${tag}`)
  assert.equal(waiting.take(3), 'm3')
  assert.equal(waiting.take(3), undefined)
  assert.equal(waiting.take(99), undefined)
  assert.deepEqual(waiting.takeUpTo(4), ['m1', 'm2', 'm4'])
  assert.deepEqual(waiting.takeUpTo(0), [])
  assert.equal(waiting.size, 2)
  assert.deepEqual(waiting.takeAll(), ['m5', 'm6'])
  assert.equal(waiting.size, 0)
})
