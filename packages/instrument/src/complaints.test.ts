import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { openBatch } from './batch.ts'
import type { MessageHeaders } from './headers.ts'
import { contextOf, deadLetter, processEach, processMessage, retryOf } from './index.ts'
import { pathHeader, readPath } from './path.ts'
import { handleMessage } from './process.ts'
import { endSend, startSend } from './send.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { active, kafkaRoute, rabbitmqRoute, traceparent } from './testing/routes.ts'

/*
 * What people complained of in other instrumentations, as far as it does not depend on a client: each complaint is
 * held down by a test. Those that do are in complaints.it.ts.
 */

const spans = collectSpans()
beforeEach(() => spans.clear())

type Texts = Readonly<Record<string, string>>

const traceOf = (text: unknown): string => String(text).slice(3, 35)

/** The headers of a message that is sent now. */
function sentNow(options = {}, headers: MessageHeaders = {}): Texts {
  const sending = startSend(kafkaRoute(options, 'next'), { headers })
  endSend(sending)
  return sending.headers as Texts
}

test('baggage reaches the handler, not only the span', () => {
  const headers = { traceparent: traceparent('a'), baggage: 'tenant=acme' }
  handleMessage(kafkaRoute(), { headers }, () => {
    assert.equal(propagation.getActiveBaggage()?.getEntry('tenant')?.value, 'acme')
    assert.equal(sentNow()['baggage'], 'tenant=acme')
  })
})

test('headers that only look like bytes are not taken for the context of another message', () => {
  const looksLikeBytes = { type: 'Buffer', data: [...Buffer.from(traceparent('a'))] }
  for (const value of [looksLikeBytes, [...Buffer.from(traceparent('a'))], [[traceparent('a')], 7]]) {
    spans.clear()
    handleMessage(kafkaRoute(), { headers: { traceparent: value } }, () => {})
    assert.equal(spans.one('process orders').parentSpanContext, undefined)
  }
})

test('consumers that run at once do not take over the way of each other', async () => {
  const measured = { paths: true }
  const from = (topic: string) => startSend(kafkaRoute(measured, topic), { headers: {} }).headers
  const received = ['left', 'right'].map(topic => ({ topic, headers: from(topic) }))
  const next = await Promise.all(
    [...received, ...received].map(({ topic, headers }) =>
      handleMessage(kafkaRoute(measured, topic), { headers }, async () => {
        await nextTurn()
        return readPath(sentNow(measured))?.hash
      }),
    ),
  )
  assert.ok(next[0] !== undefined && next[0] !== next[1])
  assert.deepEqual(next.slice(2), next.slice(0, 2))
  assert.equal(pathHeader in sentNow(), false)
})

test('batches: what is done for a message is in its own trace, not in one of the batch', async () => {
  const messages = ['a', 'b', 'c'].map((digit, position) => {
    const headers = { traceparent: traceparent(digit) }
    return { headers, position, original: { headers } }
  })
  const batch = openBatch(kafkaRoute(), messages)
  const traces: string[] = []
  await context.with(batch.context, () =>
    processEach(
      messages.map(({ original }) => original),
      async () => {
        await nextTurn()
        traces.push(traceOf(sentNow()['traceparent']))
      },
    ),
  )
  batch.end()
  assert.deepEqual(traces, ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)])
  assert.equal(spans.one('poll orders').links.length, 3)
})

test('a loop that is left early leaves no message in scope', async () => {
  const originals = [{}, {}, {}]
  const batch = openBatch(
    kafkaRoute(),
    originals.map(original => ({ headers: {}, original })),
  )
  for (const original of originals) {
    contextOf(original)
    if (original === originals[1]) break
  }
  assert.equal(context.active(), ROOT_CONTEXT)
  await assert.rejects(
    processEach(originals, () => Promise.reject(new Error('stop'))),
    /stop/,
  )
  assert.equal(context.active(), ROOT_CONTEXT)
  batch.fail(new Error('stop'))
  assert.equal(context.active(), ROOT_CONTEXT)
})

test('the context of a message can be had from the message, during its handler and after it', () => {
  const original = { headers: { traceparent: traceparent('a') } }
  let within: string | undefined
  handleMessage(kafkaRoute(), { headers: original.headers, original }, () => {
    within = trace.getSpan(contextOf(original))?.spanContext().spanId
  })
  assert.equal(within, spans.one('process orders').spanContext().spanId)
  assert.equal(trace.getSpan(contextOf(original))?.spanContext().spanId, within)
})

test('whether the producer is the parent, a link or both is a choice', () => {
  const outcomes = (['parent', 'link', 'both'] as const).map(choice => {
    spans.clear()
    const headers = { traceparent: traceparent('a') }
    handleMessage(kafkaRoute({ continue: choice }), { headers }, () => {})
    const { parentSpanContext, links } = spans.one('process orders')
    return [parentSpanContext?.traceId === 'a'.repeat(32), links.length]
  })
  assert.deepEqual(outcomes, [
    [true, 0],
    [false, 1],
    [true, 1],
  ])
})

test('how long a message waited is on its span, in seconds', () => {
  handleMessage(kafkaRoute(), { headers: {}, timestampMs: String(Date.now() - 5_000) }, () => {})
  const waited = Number(spans.one('process orders').attributes['waybill.message.queue_duration'])
  assert.ok(waited >= 5 && waited < 60, String(waited))
})

test('on the default exchange, the destination is the queue', () => {
  handleMessage(rabbitmqRoute(), { headers: {} }, () => {})
  assert.equal(spans.one('process mails').attributes['messaging.destination.name'], 'mails')
})

test('retries and the dead letter stay in one trace, each with one context in its headers', () => {
  let headers: Texts = { traceparent: traceparent('a') }
  const attempts: unknown[] = []
  const step = (forward: (message: { headers: Texts }) => { headers: object }): void => {
    const original = { headers }
    handleMessage(kafkaRoute(), { headers, original }, () => {
      headers = sentNow({}, forward(original).headers as Texts)
    })
    attempts.push(
      spans.all().findLast(({ name }) => name === 'process orders')?.attributes['waybill.message.attempt'],
    )
    assert.equal(traceOf(headers['traceparent']), 'a'.repeat(32))
    assert.equal(Object.keys(headers).filter(name => name === 'traceparent').length, 1)
  }
  step(retryOf)
  step(retryOf)
  step(message => deadLetter(message, new Error('no')))
  assert.deepEqual(attempts, [undefined, 2, 3])
})

test('a dead letter keeps every format of its context, and the headers of the application', () => {
  const both = { formats: ['w3c', 'jaeger'] as const }
  const headers: Texts = { ...sentNow(both), own: 'x' }
  const original = { headers }
  handleMessage(kafkaRoute(both), { headers, original }, () => {
    const dead = sentNow(both, deadLetter(original, new Error('no')).headers)
    assert.equal(dead['own'], 'x')
    assert.equal(traceOf(dead['traceparent']), dead['uber-trace-id']?.slice(0, 32))
    assert.equal(traceOf(dead['traceparent']), traceOf(headers['traceparent']))
  })
  const untouched = sentNow({}, { 'uber-trace-id': '1:2:0:1' })
  assert.equal(untouched['uber-trace-id'], '1:2:0:1')
})

test('messages without a context may share the trace of their batch, or have one each', () => {
  const traces = (['each', 'shared'] as const).map(polls => {
    spans.clear()
    const originals = [{}, {}]
    const batch = openBatch(
      kafkaRoute({ polls }),
      originals.map(original => ({ headers: {}, original })),
    )
    for (const original of originals) processMessage(original, () => {})
    batch.end()
    return new Set(spans.all().map(span => span.spanContext().traceId)).size
  })
  assert.deepEqual(traces, [3, 1])
})

test('topics can be left out, or sampled, for one operation or for all, and contexts travel through', () => {
  const rules = [
    { destination: 'audit', skip: true },
    { destination: 'metrics.*', operation: 'process', sample: 0 },
  ] as const
  handleMessage(kafkaRoute({ rules }, 'audit'), { headers: { traceparent: traceparent('a') } }, () => {
    assert.equal(traceOf(sentNow()['traceparent']), 'a'.repeat(32))
  })
  handleMessage(kafkaRoute({ rules }, 'metrics.cpu'), { headers: {} }, () => {
    assert.match(sentNow()['traceparent'] ?? '', /-00$/)
  })
  endSend(startSend(kafkaRoute({ rules }, 'metrics.cpu'), { headers: {} }))
  assert.deepEqual(
    spans.all().map(({ name }) => name),
    ['send next', 'send metrics.cpu'],
  )
})

test('while services migrate, several formats are written, and any of them is read', () => {
  const all = { formats: ['w3c', 'b3', 'b3multi', 'jaeger'] as const }
  const written = context.with(active('a'), () => sentNow(all))
  assert.deepEqual(Object.keys(written).sort(), [
    'X-B3-Sampled',
    'X-B3-SpanId',
    'X-B3-TraceId',
    'b3',
    'traceparent',
    'uber-trace-id',
  ])
  for (const name of ['traceparent', 'b3', 'uber-trace-id']) {
    spans.clear()
    handleMessage(kafkaRoute(all), { headers: { [name]: Buffer.from(written[name] ?? '') } }, () => {})
    assert.equal(spans.one('process orders').spanContext().traceId, 'a'.repeat(32), name)
  }
})

test('a message that RabbitMQ delivers again says for which time', () => {
  const death = { queue: 'mails', reason: 'rejected', count: 2 }
  handleMessage(rabbitmqRoute(), { headers: { 'x-death': [death] } }, () => {})
  handleMessage(rabbitmqRoute(), { headers: {}, isRedelivered: true }, () => {})
  assert.deepEqual(
    spans.all().map(({ attributes }) => attributes['waybill.message.attempt']),
    [3, 2],
  )
})
