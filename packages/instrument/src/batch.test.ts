import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { openBatch } from './batch.ts'
import type { MessageHeaders } from './headers.ts'
import type { Message } from './message.ts'
import { contextOf, processEach, processMessage } from './scope.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { kafkaRoute, traceparent } from './testing/routes.ts'

const spans = collectSpans()
const tracer = trace.getTracer('test')

beforeEach(() => spans.clear())

type Received = Message & { readonly original: object }

/** Messages that carry these contexts; `-` carries none. */
function messagesOf(digits: string): Received[] {
  return [...digits].map((digit, position) => ({
    headers: (digit === '-' ? {} : { traceparent: traceparent(digit) }) as MessageHeaders,
    original: {},
    offset: position,
    key: `k${position}`,
    position,
  }))
}

test('the poll span is a root, linked to every producer with what differs; messages continue their own traces', async () => {
  const messages = messagesOf('ab-')
  const batch = openBatch(kafkaRoute({}, 'orders', 1), messages)
  await context.with(batch.context, () =>
    processEach(
      messages.map(message => message.original),
      async () => {
        await Promise.resolve()
        tracer.startSpan(`in ${trace.getActiveSpan()?.spanContext().traceId}`).end()
      },
    ),
  )
  batch.end()
  const poll = spans.one('poll orders')
  assert.equal(poll.kind, SpanKind.CLIENT)
  assert.equal(poll.parentSpanContext, undefined)
  assert.equal(poll.attributes['messaging.batch.message_count'], 3)
  assert.equal(poll.attributes['messaging.kafka.offset'], undefined)
  assert.deepEqual(
    poll.links.map(link => [link.context.traceId[0], link.attributes]),
    [
      ['a', { 'messaging.kafka.message.key': 'k0', 'messaging.kafka.offset': 0 }],
      ['b', { 'messaging.kafka.message.key': 'k1', 'messaging.kafka.offset': 1 }],
    ],
  )
  const processed = spans.named('process orders')
  assert.deepEqual(
    processed.map(span => span.attributes['waybill.batch.position']),
    [0, 1, 2],
  )
  assert.deepEqual(
    processed.map(span => span.parentSpanContext?.traceId[0]),
    ['a', 'b', undefined],
  )
  for (const span of processed)
    assert.deepEqual(
      span.links.map(link => link.context.spanId),
      [poll.spanContext().spanId],
    )
  assert.equal(
    spans.one(`in ${'a'.repeat(32)}`).parentSpanContext?.spanId,
    processed[0]?.spanContext().spanId,
  )
  assert.equal(
    spans.one(`in ${'b'.repeat(32)}`).parentSpanContext?.spanId,
    processed[1]?.spanContext().spanId,
  )
})

test('polls shared: messages without a context are in the trace of the poll, one trace for all of them', () => {
  for (const [polls, traces] of [
    ['each', 6],
    ['shared', 2],
  ] as const) {
    spans.clear()
    const messages = messagesOf('-a---')
    const batch = openBatch(kafkaRoute({ polls }), messages)
    batch.end()
    const found = spans.all().map(span => span.spanContext().traceId)
    assert.equal(found.length, 6)
    assert.equal(new Set(found).size, traces, polls)
  }
})

test('a plain loop that says nothing: each span lasts as long as the handler', () => {
  const batch = openBatch(kafkaRoute(), messagesOf('abc'))
  batch.end()
  assert.deepEqual(
    spans.named('process orders').map(span => span.spanContext().traceId[0]),
    ['a', 'b', 'c'],
  )
})

test('a loop that settles one by one: spans end as it goes, and what is not settled has none', () => {
  const batch = openBatch(kafkaRoute(), messagesOf('abc'))
  batch.settleFirst(1)
  assert.equal(spans.all().length, 1)
  batch.settleFirst(1)
  batch.settleFirst(2)
  batch.end()
  assert.deepEqual(
    spans.all().map(span => span.name),
    ['process orders', 'process orders', 'poll orders'],
  )
})

test('asked for and never settled: the span ends with the batch; asked twice, it is one', () => {
  const [message, other] = messagesOf('ab')
  assert.ok(message !== undefined && other !== undefined)
  const batch = openBatch(kafkaRoute(), [message, other])
  const own = trace.getSpan(contextOf(message.original))
  assert.equal(trace.getSpan(contextOf(message.original)), own)
  batch.end()
  assert.equal(spans.named('process orders').length, 1)
  assert.equal(spans.one('process orders').spanContext().spanId, own?.spanContext().spanId)
})

test('a failure: the message that failed has it, or the poll alone where several were in hand', () => {
  const error = new Error('no')
  const [one, two] = messagesOf('ab')
  assert.ok(one !== undefined && two !== undefined)
  const single = openBatch(kafkaRoute(), [one, two])
  contextOf(one.original)
  single.fail(error)
  const failed = spans.all().filter(span => span.status.code === SpanStatusCode.ERROR)
  assert.deepEqual(
    failed.map(span => [span.name, span.events.length]),
    [
      ['process orders', 1],
      ['poll orders', 0],
    ],
  )
  spans.clear()
  const several = openBatch(kafkaRoute(), [one, two])
  contextOf(one.original)
  contextOf(two.original)
  several.fail(new Error('no'))
  assert.deepEqual(
    spans.all().map(span => [span.name, span.status.code]),
    [
      ['process orders', SpanStatusCode.UNSET],
      ['process orders', SpanStatusCode.UNSET],
      ['poll orders', SpanStatusCode.ERROR],
    ],
  )
})

test('a handler that goes on after its batch has ended keeps its own context', async () => {
  const [message] = messagesOf('a')
  assert.ok(message !== undefined)
  const batch = openBatch(kafkaRoute(), [message])
  const late = processMessage(message.original, async () => {
    await new Promise(resolve => setImmediate(resolve))
    return trace.getActiveSpan()?.spanContext().traceId
  })
  batch.end()
  assert.equal(await late, 'a'.repeat(32))
  assert.equal(spans.named('process orders').length, 1)
})

test('rules: without the poll span, or without those of the messages, contexts are the same', () => {
  const messages = messagesOf('ab')
  const noPoll = openBatch(kafkaRoute({ rules: [{ operation: 'receive', skip: true }] }), messages)
  noPoll.end()
  assert.deepEqual(
    spans.all().map(span => [span.name, span.links.length]),
    [
      ['process orders', 0],
      ['process orders', 0],
    ],
  )
  spans.clear()
  const skipped = openBatch(kafkaRoute({ rules: [{ operation: 'process', skip: true }] }), messages)
  const [first] = messages
  assert.equal(trace.getSpanContext(contextOf(first?.original ?? {}))?.traceId, 'a'.repeat(32))
  skipped.end()
  assert.deepEqual(
    spans.all().map(span => span.name),
    ['poll orders'],
  )
})

test('an empty batch has a poll span that says so', () => {
  openBatch(kafkaRoute(), []).end()
  assert.equal(spans.one('poll orders').attributes['messaging.batch.message_count'], 0)
})

test('asked for a context after its batch, a message starts no span that nobody would end', () => {
  const [first, second] = messagesOf('ab')
  assert.ok(first && second)
  const batch = openBatch(kafkaRoute({}), [first, second])
  processMessage(first.original, () => {})
  batch.end()
  const before = spans.all().length
  assert.equal(trace.getSpanContext(contextOf(second.original))?.traceId[0], 'b')
  assert.equal(trace.getSpan(contextOf(second.original))?.isRecording(), false)
  processMessage(second.original, () => {})
  assert.equal(spans.all().length, before + 1)
})
