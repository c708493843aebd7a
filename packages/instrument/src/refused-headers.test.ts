import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { traceKafka } from './index.ts'
import { failSend, startSend } from './send.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { kafkaRoute } from './testing/routes.ts'

collectSpans()
const warnings: string[] = []
process.on('warning', ({ message }) => warnings.push(message))

interface Sent {
  readonly messages: readonly { readonly headers?: Readonly<Record<string, unknown>> }[]
}

/** What kafkajs gives the application when a topic's message format is older than headers. */
class UnknownServerError extends Error {
  readonly type = 'UNKNOWN'
  readonly code = -1
}

/** A client of a broker that stores no headers. */
function oldClient() {
  return {
    producer: () => ({
      async send({ messages }: Sent) {
        if (messages.some(({ headers }) => Object.keys(headers ?? {}).length > 0))
          throw new UnknownServerError('The server experienced an unexpected error')
        return []
      },
    }),
    consumer() {},
  }
}

const plain: Sent & { readonly topic: string } = { topic: 'orders', messages: [{}] }

test('a broker too old for headers: a send fails, the others pass without a context, and it is said once', async () => {
  const producer = traceKafka(oldClient()).producer()
  await assert.rejects(producer.send(plain), UnknownServerError)
  for (let i = 0; i < 3; i++) assert.deepEqual(await producer.send(plain), [])
  const withOwn = { topic: 'orders', messages: [{ headers: { own: 'x' } }] }
  await assert.rejects(producer.send(withOwn), UnknownServerError)
  await nextTurn()
  assert.match(
    warnings.join(),
    /^The broker refuses messages with headers, so they are sent without a context/,
  )
})

test('where the application has headers, or the error is another, or of another client, contexts go on', () => {
  const headersAfter = (headers: Record<string, string>, error: unknown): readonly string[] => {
    const route = kafkaRoute()
    failSend(startSend(route, { headers }), error)
    return Object.keys(startSend(route, { headers: {} }).headers)
  }
  const refusal = { code: -1 }
  assert.deepEqual(headersAfter({ own: 'x' }, refusal), ['traceparent'])
  assert.deepEqual(headersAfter({}, { code: 7 }), ['traceparent'])
  assert.deepEqual(headersAfter({}, undefined), ['traceparent'])
  assert.deepEqual(headersAfter({}, refusal), [])
  assert.deepEqual(headersAfter({}, new Error('retried', { cause: { code: 43 } })), [])
  assert.deepEqual(headersAfter({}, { errors: [new Error('x'), { apiCode: -1 }] }), [])
  const endless = new Error('endless')
  endless.cause = endless
  assert.deepEqual(headersAfter({}, endless), ['traceparent'])
  assert.deepEqual(Object.keys(startSend(kafkaRoute(), { headers: {} }).headers), ['traceparent'])
})
