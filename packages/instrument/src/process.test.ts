import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import type { MessageHeaders } from './headers.ts'
import type { Message } from './message.ts'
import { endProcess, handleMessage, startProcess } from './process.ts'
import { carriedContextOf, contextOf, processMessage } from './scope.ts'
import { endSend, startSend } from './send.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { active, kafkaRoute, rabbitmqRoute, traceparent } from './testing/routes.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

function received(headers?: MessageHeaders): Message & { readonly original: object } {
  return { headers, original: {}, offset: '5', key: 'k' }
}

test('a CONSUMER span, child of the producer, active in the handler and nowhere else', async () => {
  const message = received({ traceparent: Buffer.from(traceparent('a')), baggage: 't=1' })
  const result = await handleMessage(kafkaRoute({}, 'orders', 2, 'group'), message, async () => {
    const before = trace.getActiveSpan()
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(trace.getActiveSpan(), before)
    assert.equal(trace.getSpan(contextOf(message.original)), before)
    assert.equal(propagation.getActiveBaggage()?.getEntry('t')?.value, '1')
    return 'result'
  })
  assert.equal(result, 'result')
  assert.equal(trace.getActiveSpan(), undefined)
  const span = spans.one('process orders')
  assert.equal(span.kind, SpanKind.CONSUMER)
  assert.equal(span.parentSpanContext?.spanId, 'a'.repeat(16))
  assert.deepEqual(span.links, [])
  assert.deepEqual(span.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'orders',
    'messaging.destination.partition.id': '2',
    'messaging.consumer.group.name': 'group',
    'messaging.kafka.message.key': 'k',
    'messaging.kafka.offset': 5,
  })
})

test('what comes without a context starts a trace, whatever is active around the consumer', () => {
  for (const continuation of ['parent', 'link', 'both'] as const) {
    const route = kafkaRoute({ continue: continuation })
    context.with(active('c'), () => {
      handleMessage(route, received(), () => {})
      handleMessage(route, received({ traceparent: 'rubbish' }), () => {})
      handleMessage(route, received({ traceparent: traceparent('a') }), () => {})
    })
  }
  for (const span of spans.all()) {
    assert.notEqual(span.spanContext().traceId, 'c'.repeat(32))
    assert.notEqual(span.parentSpanContext?.traceId, 'c'.repeat(32))
  }
  const roots = spans.all().filter(span => span.parentSpanContext === undefined)
  assert.equal(roots.length, 7)
  assert.equal(new Set(roots.map(span => span.spanContext().traceId)).size, 7)
})

test('continue: by the option, or by a rule for some destinations', () => {
  const rules = [{ destination: 'fan-*', continue: 'link' as const }]
  const message = received({ traceparent: traceparent('a') })
  handleMessage(kafkaRoute({ rules, continue: 'both' }, 'orders'), message, () => {})
  handleMessage(kafkaRoute({ rules, continue: 'both' }, 'fan-out'), message, () => {})
  const [both, link] = spans.all()
  assert.deepEqual(
    [both?.parentSpanContext?.spanId, both?.links[0]?.context.spanId],
    ['a'.repeat(16), 'a'.repeat(16)],
  )
  assert.deepEqual([link?.parentSpanContext, link?.links[0]?.context.spanId], [undefined, 'a'.repeat(16)])
})

test('an unsampled producer is heeded: no span is recorded, and what is sent on is unsampled', () => {
  const message = received({ traceparent: traceparent('a', '00') })
  const refusing = received({ b3: '0' })
  handleMessage(kafkaRoute(), message, () => {
    const { headers } = startSend(kafkaRoute({}, 'next'), received())
    assert.match(String((headers as Record<string, unknown>)['traceparent']), /^00-a{32}-[0-9a-f]{16}-00$/)
  })
  handleMessage(kafkaRoute({ formats: ['w3c', 'b3'] }), refusing, () =>
    assert.equal(trace.getActiveSpan()?.isRecording(), false),
  )
  assert.equal(spans.all().length, 0)
})

test('results and errors of handlers reach the caller unchanged, at once or later', async () => {
  const route = kafkaRoute()
  const error = new RangeError('no')
  const fail = () => {
    throw error
  }
  assert.equal(
    handleMessage(route, received(), () => 7),
    7,
  )
  assert.throws(
    () => handleMessage(route, received(), fail),
    thrown => thrown === error,
  )
  await assert.rejects(
    handleMessage(route, received(), async () => fail()),
    thrown => thrown === error,
  )
  await assert.rejects(handleMessage(route, received(), () => Promise.reject(undefined)))
  assert.deepEqual(
    spans.all().map(span => [span.status.code, span.attributes['error.type']]),
    [
      [SpanStatusCode.UNSET, undefined],
      [SpanStatusCode.ERROR, 'RangeError'],
      [SpanStatusCode.ERROR, 'RangeError'],
      [SpanStatusCode.ERROR, '_OTHER'],
    ],
  )
})

test('50 handlers at once keep their contexts apart, and what they send continues their own message', async () => {
  const [from, to] = [kafkaRoute({}, 'from'), kafkaRoute({}, 'to')]
  const digits = [...'123456789abcdef']
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => {
      const digit = digits[i % digits.length] ?? ''
      return handleMessage(
        from,
        received({ traceparent: traceparent(digit), baggage: `n=${i}` }),
        async () => {
          for (let step = 0; step < i % 5; step++) await new Promise(resolve => setImmediate(resolve))
          const sending = startSend(to, received())
          endSend(sending)
          const headers = sending.headers as Record<string, unknown>
          assert.equal(String(headers['traceparent']).slice(3, 35), digit.repeat(32))
          assert.equal(headers['baggage'], `n=${i}`)
        },
      )
    }),
  )
  assert.equal(spans.all().length, 100)
  assert.equal(trace.getActiveSpan(), undefined)
})

test('what came with a message stays reachable, whatever becomes of its headers', () => {
  const headers: Record<string, string> = { traceparent: traceparent('a') }
  const original = { headers }
  const message = { headers, original }
  handleMessage(kafkaRoute(), message, () => {
    delete headers['traceparent']
    assert.equal(trace.getSpanContext(carriedContextOf(original))?.spanId, 'a'.repeat(16))
  })
  assert.equal(trace.getSpanContext(carriedContextOf(original))?.spanId, 'a'.repeat(16))
  assert.equal(trace.getSpan(contextOf(original))?.spanContext().traceId, 'a'.repeat(32))
  assert.equal(
    processMessage(original, () => trace.getActiveSpan()?.spanContext().traceId),
    'a'.repeat(32),
  )
  const amqp = { properties: { headers: { traceparent: traceparent('b') } } }
  assert.equal(trace.getSpanContext(contextOf(amqp))?.spanId, 'b'.repeat(16))
})

test('time in the queue, attempt, lag, position and the place of death are told in a namespace of our own', () => {
  const told = (message: Message) => {
    spans.clear()
    handleMessage(kafkaRoute(), message, () => {})
    const { attributes } = spans.one('process orders')
    return Object.fromEntries(Object.entries(attributes).filter(([name]) => name.startsWith('waybill.')))
  }
  const waited = Number(
    told({ headers: {}, timestampMs: String(Date.now() - 5000) })['waybill.message.queue_duration'],
  )
  assert.ok(waited >= 5 && waited < 20, String(waited))
  for (const timestampMs of ['', '-1', 0, '0', 'x', null, {}, '99999999999999999999'])
    assert.deepEqual(told({ headers: null, timestampMs }), {})
  assert.deepEqual(told({ headers: {}, offset: '7', highWatermark: '10', position: 3 }), {
    'waybill.message.lag': 3,
    'waybill.batch.position': 3,
  })
  assert.deepEqual(told({ headers: {}, offset: 10n, highWatermark: 9n }), {})
  assert.deepEqual(told({ headers: {}, isRedelivered: true }), { 'waybill.message.attempt': 2 })
  assert.deepEqual(told({ headers: { 'x-delivery-count': 3 } }), { 'waybill.message.attempt': 4 })
  assert.deepEqual(told({ headers: { 'waybill-attempt': Buffer.from('3') } }), {
    'waybill.message.attempt': 3,
  })
  assert.deepEqual(told({ headers: { 'waybill-attempt': '1' }, isRedelivered: false }), {})
  const deaths = [
    { queue: 'delay', reason: 'expired', count: 4 },
    { queue: 'mails', reason: 'rejected', count: 4 },
  ]
  assert.deepEqual(told({ headers: { 'x-death': deaths } }), {
    'waybill.message.attempt': 5,
    'waybill.dead_letter.destination': 'mails',
    'waybill.dead_letter.reason': 'rejected',
  })
  const spring = { 'kafka_dlt-original-topic': 'orders', 'kafka_dlt-exception-fqcn': 'java.lang.Error' }
  assert.deepEqual(told({ headers: spring }), {
    'waybill.dead_letter.destination': 'orders',
    'waybill.dead_letter.reason': 'java.lang.Error',
  })
  for (const rubbish of [null, 'x', [null, 7], [[]], {}, [{ queue: 5 }]])
    assert.equal(told({ headers: { 'x-death': rubbish } })['waybill.dead_letter.destination'], undefined)
})

test('RabbitMQ: names and attributes of its own; a queue whose name was made up stands in no span name', () => {
  const message = { headers: {}, messageId: 'm', conversationId: 'c', deliveryTag: 4 }
  handleMessage(rabbitmqRoute({}, { name: 'mails' }, 'shop', 'order.created'), message, () => {})
  handleMessage(rabbitmqRoute({}, { name: 'amq.gen-x' }, 'shop', ''), message, () => {})
  handleMessage(rabbitmqRoute({}, { name: 'reply', isTemporary: true }), message, () => {})
  const [named, anonymous, temporary] = spans.all()
  assert.equal(named?.name, 'process shop:order.created:mails')
  assert.deepEqual(named?.attributes, {
    'messaging.system': 'rabbitmq',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'shop:order.created:mails',
    'messaging.rabbitmq.destination.routing_key': 'order.created',
    'messaging.message.id': 'm',
    'messaging.message.conversation_id': 'c',
    'messaging.rabbitmq.message.delivery_tag': 4,
  })
  assert.equal(anonymous?.name, 'process')
  assert.equal(anonymous?.attributes['messaging.destination.anonymous'], true)
  assert.equal(anonymous?.attributes['messaging.destination.name'], 'shop:amq.gen-x')
  assert.equal(temporary?.name, 'process')
  assert.equal(temporary?.attributes['messaging.destination.temporary'], true)
})

test('hooks of processing: at the start with the message, at the end with its error', () => {
  const told: unknown[] = []
  const route = kafkaRoute({
    onProcess: (span, info) => span.setAttribute('tenant', String(info.message?.key)),
    onProcessed: (_, info) => told.push(info.error),
  })
  handleMessage(route, received(), () => {})
  assert.throws(() =>
    handleMessage(route, received(), () => {
      throw 'text'
    }),
  )
  assert.deepEqual(told, [undefined, 'text'])
  assert.deepEqual(
    spans.all().map(span => span.attributes['tenant']),
    ['k', 'k'],
  )
})

test('an end that comes late, from somewhere else, belongs to its message', () => {
  const processing = startProcess(kafkaRoute(), received({ traceparent: traceparent('a') }))
  assert.equal(spans.all().length, 0)
  context.with(active('b'), () => endProcess(processing))
  assert.equal(spans.one('process orders').spanContext().traceId, 'a'.repeat(32))
})

test('no message of any kind, a hostile Proxy included, keeps a handler from running', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('get')
      },
      ownKeys() {
        throw new Error('ownKeys')
      },
      getPrototypeOf() {
        throw new Error('prototype')
      },
    },
  )
  const messages = [
    { headers: hostile as MessageHeaders },
    { headers: 7 as unknown as MessageHeaders },
    { headers: {}, key: hostile, value: hostile, offset: hostile },
    hostile as Message,
    null as unknown as Message,
  ]
  for (const message of messages)
    assert.equal(
      handleMessage(kafkaRoute(), message, () => 'ran'),
      'ran',
    )
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (value, headers) => {
      const message = {
        headers: headers as MessageHeaders,
        key: value,
        value,
        offset: value,
        timestampMs: value,
      }
      assert.equal(
        handleMessage(kafkaRoute({ valueContext: 'both', capture: { body: true } }), message, () => 1),
        1,
      )
    }),
  )
  assert.equal(trace.getSpanContext(ROOT_CONTEXT), undefined)
})
