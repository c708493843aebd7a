import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { deadLetter, retryOf } from './index.ts'
import type { Message } from './message.ts'
import { handleMessage } from './process.ts'
import { endSend, startSend } from './send.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { kafkaRoute, traceparent } from './testing/routes.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

test('a dead letter says where it died and of what; its consumer continues the trace and links the first try', () => {
  const original = Object.freeze({
    key: 'k',
    value: Buffer.from('v'),
    headers: Object.freeze({ traceparent: traceparent('a'), own: 'kept' }),
  })
  const message: Message = { headers: original.headers, original, offset: '7' }
  handleMessage(kafkaRoute({}, 'orders', 3), message, () => {
    const letter = deadLetter(original, new RangeError('too large'))
    assert.equal(letter.key, 'k')
    assert.equal(letter.value, original.value)
    assert.deepEqual(Object.keys(original.headers), ['traceparent', 'own'])
    const sending = startSend(kafkaRoute({}, 'orders.dlq'), { headers: letter.headers })
    endSend(sending)
    handleMessage(kafkaRoute({}, 'orders.dlq'), { headers: sending.headers }, () => {})
  })
  const first = spans.one('process orders')
  const sent = spans.one('send orders.dlq')
  const dead = spans.one('process orders.dlq')
  assert.equal(sent.parentSpanContext?.spanId, first.spanContext().spanId)
  assert.equal(dead.parentSpanContext?.spanId, sent.spanContext().spanId)
  assert.equal(dead.spanContext().traceId, 'a'.repeat(32))
  assert.deepEqual(
    dead.links.map(link => link.context.spanId),
    [first.spanContext().spanId],
  )
  assert.equal(dead.attributes['waybill.dead_letter.destination'], 'orders')
  assert.equal(dead.attributes['waybill.dead_letter.partition'], '3')
  assert.equal(dead.attributes['waybill.dead_letter.offset'], 7)
  assert.equal(dead.attributes['waybill.dead_letter.reason'], 'RangeError')
})

test('retries count up and stay one trace; each links the first try, with one traceparent on the wire', () => {
  let headers: Message['headers'] = { traceparent: traceparent('a') }
  for (let attempt = 1; attempt <= 3; attempt++) {
    const original = { key: 'k', value: 'v', headers: headers as Record<string, string> }
    handleMessage(kafkaRoute(), { headers, original }, () => {
      const sending = startSend(kafkaRoute(), { headers: retryOf(original).headers })
      endSend(sending)
      headers = sending.headers
    })
  }
  const processed = spans.named('process orders')
  assert.deepEqual(
    processed.map(span => span.attributes['waybill.message.attempt']),
    [undefined, 2, 3],
  )
  const first = processed[0]?.spanContext().spanId
  assert.deepEqual(
    processed.map(span => span.links.map(link => link.context.spanId)),
    [[], [first], [first]],
  )
  assert.equal(new Set(spans.all().map(span => span.spanContext().traceId)).size, 1)
  assert.equal(typeof (headers as Record<string, unknown>)['traceparent'], 'string')
})

test("messages of RabbitMQ's clients, one without headers, and one that was not delivered through us", () => {
  const content = Buffer.from('v')
  const amqp = { content, fields: {}, properties: { headers: { traceparent: traceparent('b'), n: 7 } } }
  const letter = deadLetter(amqp, 'lost')
  assert.equal(letter.value, content)
  assert.deepEqual(letter.headers, {
    traceparent: traceparent('b'),
    n: 7,
    'waybill-dead-letter-reason': '_OTHER',
    'waybill-first-attempt': traceparent('b'),
  })
  assert.equal(retryOf({ body: content }).value, content)
  assert.equal(retryOf({ value: null, body: content }).value, null)
  assert.deepEqual(retryOf({ value: 'v' }).headers, { 'waybill-attempt': '2' })
  assert.deepEqual(
    retryOf({ value: 'v', headers: new Map([['waybill-attempt', '4']]) }).headers,
    new Map([['waybill-attempt', '5']]),
  )
  const long = deadLetter({ value: 'v', headers: {} }, new Error('x'.repeat(501)))
  assert.equal((long.headers as Record<string, string>)['waybill-dead-letter-message']?.length, 500)
})
