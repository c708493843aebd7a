import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { trace } from '@opentelemetry/api'
import { openBatch } from './batch.ts'
import { handleMessage } from './process.ts'
import { contextOf, processMessage } from './scope.ts'
import { endSend, startSend } from './send.ts'
import { kafkaRoutes } from './systems/kafka.ts'
import { rabbitmqRoutes } from './systems/rabbitmq.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { traceparent } from './testing/routes.ts'
import { messagingTracing } from './tracing.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const spans = collectSpans()

const rounds = 10
const roundSize = 10_000
const maxGrowthBytes = 4_000_000

function heapBytes(): number {
  spans.clear()
  collect()
  return process.memoryUsage().heapUsed
}

test('100,000 messages, each to a destination of its own and handled in a context of its own, leave no memory behind', () => {
  const tracing = messagingTracing({ paths: true })
  const kafka = kafkaRoutes(tracing, 'group')
  const rabbit = rabbitmqRoutes(tracing)
  const headers = { traceparent: traceparent('a'), baggage: 'a=1' }
  const sizes: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < roundSize; i++) {
      const name = `orders-${round}-${i}`
      endSend(startSend(rabbit.published('shop', name), { headers }))
      handleMessage(kafka(name, 0), { headers, original: {}, offset: i }, () => {})
      if (i % 100 !== 0) continue
      const messages = Array.from({ length: 10 }, () => ({ headers, original: {} }))
      const batch = openBatch(kafka('orders', 0), messages)
      for (const { original } of messages) processMessage(original, () => {})
      batch.end()
      spans.clear()
    }
    sizes.push(heapBytes())
  }
  // The first rounds fill what is bounded: routes, paths, code that is compiled.
  const grown = (sizes[rounds - 1] ?? 0) - (sizes[2] ?? 0)
  assert.ok(grown < maxGrowthBytes, `${sizes.map(bytes => Math.round(bytes / 1000)).join(' ')} kB`)
})

test('a message that is kept keeps no other of its batch, and its context', async () => {
  const route = kafkaRoutes(messagingTracing(), 'group')('orders', 0)
  for (const finish of ['end', 'fail'] as const) {
    const originals: object[] = [{}, {}]
    const others: WeakRef<object>[] = []
    // In a function of its own, whose variables are gone when it has returned.
    const handle = (): void => {
      const messages = originals.map(original => ({ headers: { traceparent: traceparent('a') }, original }))
      const batch = openBatch(route, messages)
      for (const original of originals) processMessage(original, () => {})
      batch[finish](new Error('it failed'))
      others.push(new WeakRef(originals.pop() as object))
    }
    handle()
    // A WeakRef keeps what it was made of until the turn has ended.
    await setImmediate()
    spans.clear()
    collect()
    assert.equal(others[0]?.deref(), undefined)
    const [kept = {}] = originals
    assert.equal(trace.getSpanContext(contextOf(kept))?.traceId, 'a'.repeat(32))
  }
})
