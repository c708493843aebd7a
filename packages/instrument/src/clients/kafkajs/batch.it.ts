import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { EachBatchPayload } from 'kafkajs'
import { contextOf, processEach } from '../../index.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import type { ConsumeOptions } from '../../testing/kafka.ts'
import { testKafka } from '../../testing/kafka.ts'
import { until } from '../../testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()
const tracer = trace.getTracer('test')

beforeEach(() => spans.clear())

/** Sends messages, each in a trace of its own, as one batch; the handler gets them as one. */
async function batchOf(
  values: readonly string[],
  handler: (payload: EachBatchPayload) => Promise<void>,
  options: ConsumeOptions & { readonly eachBatchAutoResolve?: boolean } = {},
): Promise<{ readonly topic: string; readonly sent: readonly string[] }> {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  await producer.send({ topic, messages: values.map(value => ({ key: `k${value}`, value })) })
  const sent = spans.named(`send ${topic}`).map(span => span.spanContext().traceId)
  assert.equal(new Set(sent).size, values.length)
  spans.clear()
  await kafka.consume(
    [topic],
    { eachBatch: handler, eachBatchAutoResolve: options.eachBatchAutoResolve ?? true },
    options,
  )
  await until('the batch', () => spans.named(`poll ${topic}`).length > 0)
  return { topic, sent }
}

test('processEach: every message in its own span, which continues its own trace', async () => {
  const { topic, sent } = await batchOf(['0', '1', '2'], ({ batch }) =>
    processEach(batch, async message => {
      tracer.startSpan(`db-${message.value}`).end()
      await new Promise(resolve => setImmediate(resolve))
      tracer.startSpan(`after-${message.value}`).end()
    }),
  )
  const processed = spans.named(`process ${topic}`)
  assert.deepEqual(
    processed.map(span => span.spanContext().traceId),
    sent,
  )
  processed.forEach((span, i) => {
    assert.equal(span.kind, SpanKind.CONSUMER)
    assert.equal(span.attributes['messaging.kafka.offset'], i)
    for (const name of [`db-${i}`, `after-${i}`])
      assert.equal(spans.one(name).parentSpanContext?.spanId, span.spanContext().spanId)
    assert.deepEqual(
      span.links.map(link => link.context.spanId),
      [spans.one(`poll ${topic}`).spanContext().spanId],
    )
  })
})

test('the poll span is a root of kind CLIENT, linked to each producer with what is its own', async () => {
  const { topic, sent } = await batchOf(['0', '1'], async () => {}, { groupId: 'batch-group' })
  const poll = spans.one(`poll ${topic}`)
  assert.equal(poll.kind, SpanKind.CLIENT)
  assert.equal(poll.parentSpanContext, undefined)
  assert.deepEqual(
    poll.links.map(link => [link.context.traceId, link.attributes]),
    [
      [sent[0], { 'messaging.kafka.message.key': 'k0', 'messaging.kafka.offset': 0 }],
      [sent[1], { 'messaging.kafka.message.key': 'k1', 'messaging.kafka.offset': 1 }],
    ],
  )
  const { attributes } = poll
  assert.equal(attributes['messaging.operation.name'], 'poll')
  assert.equal(attributes['messaging.operation.type'], 'receive')
  assert.equal(attributes['messaging.batch.message_count'], 2)
  assert.equal(attributes['messaging.destination.partition.id'], '0')
  assert.equal(attributes['messaging.consumer.group.name'], 'batch-group')
  assert.equal(attributes['messaging.kafka.offset'], undefined)
})

test('a plain loop that says nothing: every message has a span in its trace, as long as the handler', async () => {
  const { topic, sent } = await batchOf(['0', '1'], async ({ batch }) => {
    for (const message of batch.messages) tracer.startSpan(`work-${message.value}`).end()
  })
  const processed = spans.named(`process ${topic}`)
  assert.deepEqual(
    processed.map(span => span.spanContext().traceId),
    sent,
  )
  const poll = spans.one(`poll ${topic}`).spanContext()
  assert.equal(spans.one('work-0').parentSpanContext?.spanId, poll.spanId)
})

test('a plain loop with contextOf and resolveOffset: own contexts, spans that end one after the other', async () => {
  const order: string[] = []
  const { topic, sent } = await batchOf(
    ['0', '1', '2'],
    async ({ batch, resolveOffset }) => {
      for (const message of batch.messages) {
        if (String(message.value) !== '1')
          context.with(contextOf(message), () => tracer.startSpan(`work-${message.value}`).end())
        resolveOffset(message.offset)
        order.push(
          spans
            .all()
            .map(span => span.attributes['messaging.kafka.offset'] ?? '')
            .join(''),
        )
      }
    },
    { eachBatchAutoResolve: false },
  )
  assert.deepEqual(order, ['0', '01', '012'])
  const processed = spans.named(`process ${topic}`)
  assert.deepEqual(
    processed.map(span => span.spanContext().traceId),
    sent,
  )
  assert.equal(spans.one('work-0').parentSpanContext?.spanId, processed[0]?.spanContext().spanId)
  assert.equal(spans.one('work-2').parentSpanContext?.spanId, processed[2]?.spanContext().spanId)
})

test('concurrent handlers of one batch keep their contexts apart', async () => {
  const values = Array.from({ length: 50 }, (_, i) => String(i))
  const { topic, sent } = await batchOf(values, async ({ batch }) => {
    await Promise.all(
      batch.messages.map(message =>
        processEach([message], async () => {
          await new Promise(resolve => setTimeout(resolve, 20 - Number(message.value) / 5))
          tracer.startSpan(`work-${message.value}`).end()
        }),
      ),
    )
  })
  assert.equal(spans.named(`process ${topic}`).length, 50)
  for (const value of values)
    assert.equal(spans.one(`work-${value}`).spanContext().traceId, sent[Number(value)])
})

test('a failing message: its span and the poll span say so, with one event; the rest was not processed', async () => {
  let attempts = 0
  const { topic } = await batchOf(['0', '1', '2'], async ({ batch, resolveOffset }) => {
    attempts++
    await processEach(batch, async message => {
      if (attempts === 1 && String(message.value) === '1') throw new Error('no such account')
      resolveOffset(message.offset)
    })
  })
  await until('the retry', () => spans.named(`poll ${topic}`).length === 2)
  const failed = spans.all().filter(span => span.status.code === SpanStatusCode.ERROR)
  assert.deepEqual(
    failed.map(span => [span.name, span.attributes['messaging.kafka.offset'], span.events.length]),
    [
      [`process ${topic}`, 1, 1],
      [`poll ${topic}`, undefined, 0],
    ],
  )
  const offsets = spans.named(`process ${topic}`).map(span => span.attributes['messaging.kafka.offset'])
  assert.deepEqual(offsets, [0, 1, 1, 2])
})

test('continue link: message spans are children of the poll span, linked to their producers', async () => {
  const { topic, sent } = await batchOf(['0', '1'], ({ batch }) => processEach(batch, async () => {}), {
    tracing: { continue: 'link' },
  })
  const poll = spans.one(`poll ${topic}`).spanContext()
  for (const [i, span] of spans.named(`process ${topic}`).entries()) {
    assert.equal(span.parentSpanContext?.spanId, poll.spanId)
    assert.deepEqual(
      span.links.map(link => link.context.traceId),
      [sent[i]],
    )
  }
})

test('messages without context get a root each, and the poll span links none of them', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer('untraced')
  await producer.send({ topic, messages: [{ value: '0' }, { value: '1' }] })
  await kafka.consume([topic], { eachBatch: ({ batch }) => processEach(batch, async () => {}) })
  await until('the batch', () => spans.named(`poll ${topic}`).length === 1)
  assert.equal(spans.one(`poll ${topic}`).links.length, 0)
  const processed = spans.named(`process ${topic}`)
  assert.deepEqual(
    processed.map(span => span.parentSpanContext),
    [undefined, undefined],
  )
  assert.equal(new Set(spans.all().map(span => span.spanContext().traceId)).size, 3)
})
