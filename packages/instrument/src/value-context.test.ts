import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context } from '@opentelemetry/api'
import { handleMessage } from './process.ts'
import { startSend } from './send.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { active, kafkaRoute, traceparent } from './testing/routes.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

function written(value: unknown): unknown {
  return context.with(active('a'), () =>
    startSend(kafkaRoute({ valueContext: 'write', rules: [{ skip: true }] }), { headers: {}, value }),
  ).value
}

test('a context is written into values that are JSON objects, as text or bytes', () => {
  const own = `"traceparent":"${traceparent('a')}"`
  assert.equal(written('{"report":7}'), `{"report":7,${own}}`)
  assert.equal(written(' { } '), ` { ${own}} `)
  assert.deepEqual(written(Buffer.from('{"a":{}}')), Buffer.from(`{"a":{},${own}}`))
  assert.equal(written('{"id":12345678901234567890}'), `{"id":12345678901234567890,${own}}`)
  assert.equal(written(`{"traceparent":"old","b":1}`), `{"b":1,${own}}`)
})

test('other values stay as they are, as does one that could only be changed with what else is in it', () => {
  const values = [null, undefined, '', 'text', '[1]', '7', '{', Buffer.from([0xff]), { a: 1 }]
  for (const value of values) assert.equal(written(value), value)
  const exact = '{"traceparent":"old","id":12345678901234567890}'
  assert.equal(written(exact), exact)
  const unasked = startSend(kafkaRoute({ rules: [{ skip: true }] }), { headers: {}, value: '{}' })
  assert.equal(unasked.value, '{}')
})

test('a context is read from the value where the headers carry none', () => {
  const value = `{"traceparent":"${traceparent('b')}"}`
  const read = { valueContext: 'read' } as const
  handleMessage(kafkaRoute(read), { headers: {}, value }, () => {})
  handleMessage(kafkaRoute(read), { headers: { traceparent: traceparent('c') }, value }, () => {})
  handleMessage(kafkaRoute({ valueContext: 'write' }), { headers: {}, value }, () => {})
  handleMessage(kafkaRoute(read), { headers: {}, value: '{"traceparent":7}' }, () => {})
  assert.deepEqual(
    spans.all().map(span => span.parentSpanContext?.traceId[0]),
    ['b', 'c', undefined, undefined],
  )
})
