import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api'
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import type { MessageHeaders } from './headers.ts'
import * as instrument from './index.ts'
import { contextOf, deadLetter, nextSpan, processEach, retryOf, traceKafka } from './index.ts'
import { handleMessage } from './process.ts'
import { endSend, failSend, startSend } from './send.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { kafkaRoute, rabbitmqRoute, traceparent } from './testing/routes.ts'
import type { MessagingOptions } from './tracing.ts'

const spans = collectSpans()
const warnings: string[] = []
process.on('warning', ({ name, message }) => {
  if (name === 'WaybillInstrument') warnings.push(message)
})
beforeEach(() => {
  spans.clear()
  warnings.length = 0
})

/** Process warnings are told by the next turn of the event loop. */
async function said(): Promise<readonly string[]> {
  await nextTurn()
  return warnings
}

function handled(headers: unknown, options?: MessagingOptions): unknown {
  const message = { headers: headers as MessageHeaders, original: { headers } }
  return handleMessage(kafkaRoute(options), message, () => 'ran')
}

test('rubbish instead of a context: the handler runs in a trace of its own, and its span says what was there', async () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ traceparent: Buffer.from([0, 255, 254, 128, 10]) }, 'traceparent="\\u0000���\\n"'],
    [{ traceparent: 'a'.repeat(100_000) }, 'traceparent=(100000 bytes, too long)'],
    [{ traceparent: Buffer.alloc(100_000) }, 'traceparent=(100000 bytes, too long)'],
    [{ traceparent: '' }, 'traceparent=""'],
    [{ traceparent: -1 }, 'traceparent=(number, no text)'],
    [{ traceparent: null }, 'traceparent=(null, no text)'],
    [[['traceparent', '00-0-0-0']], 'traceparent="00-0-0-0"'],
    [[{ traceparent: [] }], 'traceparent=(nothing)'],
    [new Map([['b3', 'deny']]), 'b3="deny"'],
    [{ traceparent: [traceparent('a'), 'x'] }, 'traceparent="x" (the last of 2)'],
  ]
  for (const [headers, shown] of cases) {
    spans.clear()
    assert.equal(handled(headers), 'ran')
    const span = spans.one('process orders')
    assert.equal(span.parentSpanContext, undefined)
    assert.equal(span.attributes['waybill.problem'], `${shown} is no context that can be read`)
  }
  assert.deepEqual(await said(), [])
})

test('a message without a context, and one with a good one, have no problem', () => {
  handled({ own: 'x' })
  handled({ traceparent: traceparent('a') })
  handled(null)
  for (const span of spans.all()) assert.equal(span.attributes['waybill.problem'], undefined)
})

test('a trace state and baggage of any length and content stand beside a good context', () => {
  for (const bad of ['x'.repeat(100_000), '=;,=', '%', Buffer.from([0xff, 0xfe])]) {
    spans.clear()
    assert.equal(handled({ traceparent: traceparent('a'), tracestate: bad, baggage: bad }), 'ran')
    assert.equal(spans.one('process orders').spanContext().traceId, 'a'.repeat(32))
  }
})

test('negative and oversized numbers are left out', () => {
  const message = { headers: {}, offset: -1, timestampMs: -5, highWatermark: -2, deliveryTag: 2 ** 60 }
  for (const route of [kafkaRoute(), rabbitmqRoute()]) handleMessage(route, message, () => {})
  for (const { attributes } of spans.all())
    for (const name in attributes)
      assert.doesNotMatch(name, /offset|queue_duration|lag|delivery_tag/, `${name}: ${attributes[name]}`)
})

test('hooks that throw, whatever they throw: one warning a hook, said on the span, and nothing else changes', async () => {
  const thrown: readonly unknown[] = [new Error('no'), 'no', undefined, Object.create(null)]
  for (const error of thrown) {
    const fail = (): never => {
      throw error
    }
    const options = { onSend: fail, onSent: fail, onProcess: fail, onProcessed: fail, onReceive: fail }
    for (let i = 0; i < 3; i++) {
      assert.equal(handled({}, options), 'ran')
      endSend(startSend(kafkaRoute(options), { headers: {} }))
    }
  }
  assert.equal(spans.all().length, thrown.length * 3 * 2)
  assert.equal(
    spans.named('process orders')[0]?.attributes['waybill.problem'],
    'the hook onProcessed failed: no',
  )
  const causes = (await said()).map(warning => warning.split(':', 1)[0])
  assert.deepEqual(causes.toSorted(), [
    'The hook onProcess failed',
    'The hook onProcessed failed',
    'The hook onSend failed',
    'The hook onSent failed',
  ])
})

test('whatever a handler throws ends its span as a failure and is thrown on', async () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const getter = Object.defineProperty({}, 'message', {
    get() {
      throw new Error('getter')
    },
  })
  const silent = Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('getter')
    },
  })
  for (const error of [proxy, getter, silent, Object.create(null), Symbol('s'), 0n]) {
    spans.clear()
    const seen = await Promise.resolve()
      .then(() => handleMessage(kafkaRoute(), { headers: {}, original: {} }, () => Promise.reject(error)))
      .catch((caught: unknown) => [caught])
    assert.ok(Array.isArray(seen) && seen[0] === error)
    assert.equal(spans.one('process orders').status.code, SpanStatusCode.ERROR)
    failSend(startSend(kafkaRoute(), { headers: {} }), error)
    assert.equal(spans.one('send orders').status.code, SpanStatusCode.ERROR)
  }
  assert.deepEqual(await said(), [])
})

test('frozen messages, and Proxies that forbid writing, are sent and forwarded as copies', () => {
  const readOnly = <Value extends object>(value: Value): Value =>
    new Proxy(value, {
      set() {
        throw new Error('written to')
      },
      defineProperty() {
        throw new Error('defined on')
      },
      deleteProperty() {
        throw new Error('deleted from')
      },
    })
  for (const guard of [Object.freeze, readOnly]) {
    const headers = guard({ own: 'kept', traceparent: traceparent('a') })
    const message = guard({ key: 'k', value: 'v', headers })
    const { headers: sent } = startSend(kafkaRoute(), message)
    assert.equal((sent as Record<string, unknown>)['own'], 'kept')
    handleMessage(kafkaRoute(), { headers, original: message }, () => {
      assert.equal(deadLetter(message, new Error('no')).headers.own, 'kept')
      assert.equal(retryOf(message).value, 'v')
      nextSpan(message, 'work').end()
    })
    assert.deepEqual(Object.keys(headers), ['own', 'traceparent'])
  }
})

test('the functions for applications take messages that no client delivered', async () => {
  for (const message of [{}, { headers: null }, { headers: 7 }, { properties: null }, []]) {
    contextOf(message)
    nextSpan(message, 'work').end()
    deadLetter(message, undefined)
    retryOf(message)
  }
  const seen: unknown[] = []
  await processEach([{ a: 1 }], message => seen.push(message))
  assert.deepEqual(seen, [{ a: 1 }])
})

test('what is no client is given back as it is, by every function that traces one, with a warning', async () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('looked at')
      },
    },
  )
  const functions = Object.entries(instrument).filter(([name]) => /^trace[A-Z]/.test(name))
  assert.ok(functions.length >= 7)
  for (const [name, trace] of functions) {
    warnings.length = 0
    for (const given of [{}, null, undefined, 7, () => {}, hostile])
      assert.equal((trace as (client: unknown) => unknown)(given), given)
    assert.ok((await said()).length > 0, name)
  }
})

test('a client of an unknown version is used as it is, and what is known of it is traced', async () => {
  const later = {
    producer: () => ({ send: async (record: unknown) => [record, { partition: 'p' }], added: () => 'new' }),
    consumer: () => ({ run: async (config: unknown) => config }),
  }
  const kafka = traceKafka(later)
  const producer = kafka.producer()
  assert.equal(producer.added(), 'new')
  const [record] = (await producer.send({ topic: 'orders', messages: [{ value: 'v' }] })) as [
    { messages: { headers: Record<string, string> }[] },
  ]
  assert.match(record.messages[0]?.headers['traceparent'] ?? '', /^00-/)
  assert.deepEqual(await producer.send({ topics: ['orders'] }), [{ topics: ['orders'] }, { partition: 'p' }])
  await kafka.consumer().run({ eachRecord: () => {} })
  assert.equal(spans.one('send orders').status.code, SpanStatusCode.UNSET)
  assert.deepEqual(await said(), [])
})

test('an SDK that was shut down, and none at all: messages pass with the context that is there', async () => {
  const provider = trace.getTracerProvider() as { getDelegate?: () => unknown }
  await (provider.getDelegate?.() as BasicTracerProvider).shutdown()
  assert.equal(handled({ traceparent: traceparent('a') }), 'ran')
  endSend(startSend(kafkaRoute(), { headers: {} }))
  trace.disable()
  context.disable()
  propagation.disable()
  assert.equal(handled({ traceparent: traceparent('a') }), 'ran')
  const headers = { traceparent: traceparent('a'), own: 'x' }
  assert.deepEqual(startSend(kafkaRoute(), { headers }).headers, headers)
  assert.deepEqual(await said(), [])
})

test('a message that cannot be read, and none, give no context and no exception', async () => {
  const unreadable = new Proxy(
    {},
    {
      get() {
        throw new Error('not yours')
      },
    },
  )
  for (const message of [unreadable, null, undefined]) {
    assert.equal(trace.getSpanContext(contextOf(message as never)), undefined)
    assert.equal(await instrument.processMessage(message as never, taken => taken === message), true)
  }
  assert.deepEqual(await said(), ['The headers of a message could not be read: not yours'])
})
