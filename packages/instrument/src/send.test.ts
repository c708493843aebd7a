import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { HeaderRecord } from './headers.ts'
import type { Message } from './message.ts'
import type { Sending } from './send.ts'
import { endSend, endSendCall, failSend, failSendCall, startSend, startSendCall } from './send.ts'
import { kafkaRoutes } from './systems/kafka.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { active, kafkaRoute, spanIdOf, traceparent } from './testing/routes.ts'
import { messagingTracing } from './tracing.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

const message: Message = Object.freeze({ headers: undefined, key: 'k', value: 'v' })

function headerOf(sending: Sending, name: string): unknown {
  return (sending.headers as HeaderRecord)[name]
}

test('a PRODUCER span with a name of low cardinality; its context is in the headers before it ends', () => {
  const sending = startSend(kafkaRoute(), message)
  assert.equal(spans.all().length, 0)
  endSend(sending)
  const span = spans.one('send orders')
  assert.equal(span.kind, SpanKind.PRODUCER)
  const { traceId, spanId } = span.spanContext()
  assert.deepEqual(sending.headers, { traceparent: `00-${traceId}-${spanId}-01` })
  assert.deepEqual(span.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'orders',
    'messaging.kafka.message.key': 'k',
  })
})

test('a key that is absent, null or binary is no attribute; a text in bytes is', () => {
  const keys = [undefined, null, Buffer.from([0xff]), 7, Buffer.from('é'), '']
  for (const key of keys) endSend(startSend(kafkaRoute(), { headers: undefined, key }))
  const said = spans.all().map(span => span.attributes['messaging.kafka.message.key'])
  assert.deepEqual(said, [undefined, undefined, undefined, undefined, 'é', ''])
})

test('the active span goes before headers, which are stale then; another trace in them is linked', () => {
  const stale: Message = {
    headers: Object.freeze({ traceparent: traceparent('b'), tracestate: 'x=1', a: '1' }),
  }
  const sending = context.with(active('a'), () => startSend(kafkaRoute(), stale))
  endSend(sending)
  const span = spans.one('send orders')
  assert.equal(span.parentSpanContext?.traceId, 'a'.repeat(32))
  assert.deepEqual(
    span.links.map(link => link.context.traceId),
    ['b'.repeat(32)],
  )
  assert.equal(headerOf(sending, 'traceparent'), `00-${'a'.repeat(32)}-${span.spanContext().spanId}-01`)
  assert.equal(headerOf(sending, 'tracestate'), undefined)
  assert.equal(headerOf(sending, 'a'), '1')
})

test('headers of the same trace are no link; without an active span they are the parent', () => {
  const carrying: Message = { headers: { traceparent: traceparent('a') } }
  context.with(active('a'), () => endSend(startSend(kafkaRoute(), carrying)))
  endSend(startSend(kafkaRoute(), carrying))
  const [inScope, alone] = spans.all()
  assert.deepEqual([inScope?.links.length, alone?.links.length], [0, 0])
  assert.equal(alone?.parentSpanContext?.spanId, 'a'.repeat(16))
})

test('the answer completes the span: the partition, the offset, the broker that took it', () => {
  const routes = kafkaRoutes(messagingTracing())
  const server = { host: 'broker-1', port: 9092 }
  const sending = startSend(routes('orders'), message)
  endSend(sending, { route: routes('orders', 3, { server, clusterId: 'c' }), offset: 7 })
  const { attributes } = spans.one('send orders')
  assert.equal(attributes['messaging.destination.partition.id'], '3')
  assert.equal(attributes['messaging.kafka.offset'], 7)
  assert.equal(attributes['server.address'], 'broker-1')
  assert.equal(attributes['server.port'], 9092)
  assert.equal(attributes['messaging.kafka.cluster.id'], 'c')
  assert.equal(attributes['messaging.destination.name'], 'orders')
})

test('a failure marks the span, with the type of the error', () => {
  failSend(startSend(kafkaRoute(), message), Object.assign(new Error('no'), { type: 'NOT_LEADER' }))
  const span = spans.one('send orders')
  assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: 'no' })
  assert.equal(span.attributes['error.type'], 'NOT_LEADER')
  assert.equal(span.events.length, 1)
})

test('baggage travels, with a span and without', () => {
  const bag = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ t: { value: '1' } }))
  const skipping = { rules: [{ skip: true }] }
  for (const options of [{}, skipping]) {
    const sending = context.with(bag, () => startSend(kafkaRoute(options), message))
    assert.equal(headerOf(sending, 'baggage'), 't=1')
    endSend(sending)
  }
  assert.equal(spans.all().length, 1)
})

test('bulk: one PRODUCER span for the call, whose context all messages carry', () => {
  const route = kafkaRoute({ sends: 'bulk' })
  const call = startSendCall(route, 3)
  assert.ok(call !== undefined)
  const sendings = [1, 2, 3].map(() => startSend(route, message, call))
  for (const sending of sendings) endSend(sending)
  endSendCall(call)
  const span = spans.one('send orders')
  assert.equal(spans.all().length, 1)
  assert.equal(span.kind, SpanKind.PRODUCER)
  assert.equal(span.attributes['messaging.batch.message_count'], 3)
  assert.equal(span.attributes['messaging.kafka.message.key'], undefined)
  for (const sending of sendings)
    assert.equal(String(headerOf(sending, 'traceparent')).slice(36, 52), span.spanContext().spanId)
})

test('create: a PRODUCER span a message, and a CLIENT span for the call, linked to each with what is its own', () => {
  const route = kafkaRoute({ sends: 'create' })
  const call = startSendCall(route, 2)
  assert.ok(call !== undefined)
  const sendings = ['a', 'b'].map(key => startSend(route, { headers: undefined, key }, call))
  for (const sending of sendings) failSend(sending, new Error('no'))
  failSendCall(call, new Error('no'))
  const created = spans.named('create orders')
  const sent = spans.one('send orders')
  assert.deepEqual(
    created.map(span => [span.kind, span.status.code]),
    [
      [SpanKind.PRODUCER, SpanStatusCode.UNSET],
      [SpanKind.PRODUCER, SpanStatusCode.UNSET],
    ],
  )
  assert.equal(sent.kind, SpanKind.CLIENT)
  assert.equal(sent.status.code, SpanStatusCode.ERROR)
  assert.deepEqual(
    sent.links.map(({ context: linked, attributes }) => [linked.spanId, attributes]),
    created.map((span, i) => [
      span.spanContext().spanId,
      { 'messaging.kafka.message.key': ['a', 'b'][i] ?? '' },
    ]),
  )
  assert.deepEqual(
    sendings.map(sending => String(headerOf(sending, 'traceparent')).slice(36, 52)),
    created.map(span => span.spanContext().spanId),
  )
})

test('each, a single message, or a rule that skips: the call has no span of its own', () => {
  assert.equal(startSendCall(kafkaRoute(), 2), undefined)
  assert.equal(startSendCall(kafkaRoute({ sends: 'bulk' }), 1), undefined)
  assert.equal(startSendCall(kafkaRoute({ sends: 'bulk', rules: [{ skip: true }] }), 2), undefined)
})

test('sample: asked where nobody has decided, and what it refuses stays refused further on', () => {
  const none = kafkaRoute({ rules: [{ operation: 'send', sample: 0 }] })
  const refused = startSend(none, message)
  endSend(refused)
  assert.match(String(headerOf(refused, 'traceparent')), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  assert.equal(spans.all().length, 0)
  context.with(active('a'), () => endSend(startSend(none, message)))
  endSend(startSend(kafkaRoute({ rules: [{ sample: 1 }] }), message))
  assert.equal(spans.all().length, 2)
  const ids = new Set(Array.from({ length: 1000 }, () => spanIdOf(trace.getSpan(activeOf(none)))))
  assert.equal(ids.size, 1000)
})

function activeOf(route: Parameters<typeof startSend>[0]) {
  const { span } = startSend(route, message)
  return span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span)
}

test('hooks add to spans; those that throw are said once and change nothing', async () => {
  const warnings: string[] = []
  process.on('warning', warning => void warnings.push(warning.message))
  const told: unknown[] = []
  const route = kafkaRoute({
    onSend(span, info) {
      span.setAttribute('own', info.destination)
      told.push([info.system, info.operation, info.message?.key])
    },
    onSent(_, info) {
      told.push(info.error)
      throw new Error('hook')
    },
  })
  endSend(startSend(route, message))
  failSend(startSend(route, message), 'lost')
  assert.deepEqual(told, [['kafka', 'send', 'k'], undefined, ['kafka', 'send', 'k'], 'lost'])
  assert.deepEqual(
    spans.all().map(span => span.attributes['own']),
    ['orders', 'orders'],
  )
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(
    warnings.filter(text => text.includes('onSent')),
    ['The hook onSent failed: hook'],
  )
})

test('limits and captures: long texts are cut, secrets are taken out, what throws is left out', () => {
  const key = '😀'.repeat(10)
  const value = '{"card":"4111"}'
  const headers = { tenant: 'a', secret: 'b' }
  const redact = (text: string, field: string) => (field === 'secret' ? undefined : text.replace('4111', '…'))
  const capture = { body: true, size: true, headers: ['tenant', 'secret', 'absent'], redact }
  endSend(startSend(kafkaRoute({ maxAttributeLength: 5, capture: { size: true } }), { headers, key, value }))
  endSend(startSend(kafkaRoute({ capture }), { headers, key, value: Buffer.from(value) }))
  const fail = () => {
    throw new Error('redact')
  }
  endSend(startSend(kafkaRoute({ capture: { body: true, redact: fail } }), { headers, value }))
  const [cut, captured, unredacted] = spans.all().map(span => span.attributes)
  assert.equal(cut?.['messaging.kafka.message.key'], '😀😀')
  assert.equal(cut?.['messaging.message.body.size'], 15)
  assert.equal(captured?.['waybill.message.body'], '{"card":"…"}')
  assert.equal(captured?.['messaging.message.body.size'], 15)
  assert.equal(captured?.['waybill.message.header.tenant'], 'a')
  assert.equal('waybill.message.header.secret' in (captured ?? {}), false)
  assert.equal('waybill.message.body' in (unredacted ?? {}), false)
})
