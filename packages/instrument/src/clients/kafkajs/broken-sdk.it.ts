import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Span, TracerProvider } from '@opentelemetry/api'
import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api'
import { contextOf, processEach, traced } from '../../index.ts'
import { testKafka } from '../../testing/kafka.ts'
import { until } from '../../testing/until.ts'

const kafka = testKafka()

/** What breaks: starting a span, or anything that is done to one. */
let startThrows = true

const broken = (): never => {
  throw new Error('the SDK is broken')
}
const span = new Proxy({} as Span, {
  get: (_, name) => (name === 'spanContext' ? () => INVALID_SPAN_CONTEXT : broken),
})
const provider: TracerProvider = {
  getTracer: () => ({
    startSpan: () => (startThrows ? broken() : span),
    startActiveSpan: broken,
  }),
}
trace.setGlobalTracerProvider(provider)

test('an SDK that throws, early or late, is one warning a cause, and the application runs on', async () => {
  const warnings: string[] = []
  process.on('warning', ({ name, message }) => {
    if (name === 'WaybillInstrument') warnings.push(message)
  })
  const step = traced('step', () => 'result')
  for (const early of [true, false]) {
    startThrows = early
    const topic = await kafka.topic()
    const producer = await kafka.producer()
    await producer.send({ topic, messages: [{ value: '1' }] })
    await producer.sendBatch({ topicMessages: [{ topic, messages: [{ value: '2' }] }] })
    assert.equal(step(), 'result')
    const read: string[] = []
    await kafka.consume([topic], {
      async eachMessage({ message }) {
        contextOf(message)
        read.push(`message ${message.value}`)
      },
    })
    await kafka.consume([topic], {
      eachBatch: ({ batch, resolveOffset }) =>
        processEach(batch, message => {
          resolveOffset(message.offset)
          read.push(`batch ${message.value}`)
        }),
    })
    await until('all four', () => read.length === 4)
    assert.deepEqual(read.sort(), ['batch 1', 'batch 2', 'message 1', 'message 2'])
  }
  assert.ok(warnings.length > 0)
  assert.equal(new Set(warnings).size, warnings.length)
})
