import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { TraceId } from '@waybill/model'
import { storySpanId, storyTraceId } from '@waybill/model/story'
import { encodeTracesJson } from '@waybill/wire/otlp'
import type { Engine } from '../../store/engine.ts'
import { temporaryFolder, temporaryStore, writeSegment } from '../../store/temporary-store.ts'
import { getTrace } from './trace.ts'
import { getTraces } from './traces-by-id.ts'

const nowNano = BigInt(Date.now()) * 1_000_000n
const dayNano = 86_400_000_000_000n
const first = storyTraceId(1)
const second = storyTraceId(2)

async function storeOf(t: TestContext, spans: readonly object[], service = 'shop'): Promise<Engine> {
  const store = await temporaryStore(t)
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
  const body = encodeTracesJson({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
  await store.load(await writeSegment(await temporaryFolder(t), 'extremes', body))
  return store
}

function spanOf(traceId: TraceId, id: number, startNano: bigint, more: object = {}): object {
  const times = { startTimeUnixNano: String(startNano), endTimeUnixNano: String(startNano + 1000n) }
  return { traceId, spanId: storySpanId(id), name: `step ${id}`, ...times, ...more }
}

function handling(operation: string, offset: number): object {
  const texts = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }
  return {
    kind: operation === 'send' ? 4 : 5,
    attributes: [
      ...Object.entries({ ...texts, 'messaging.operation.type': operation }).map(([key, stringValue]) => ({
        key,
        value: { stringValue },
      })),
      { key: 'messaging.destination.partition.id', value: { stringValue: String(offset % 3) } },
      { key: 'messaging.kafka.offset', value: { intValue: String(offset) } },
    ],
  }
}

test('clocks that are wrong put spans first or last, and lose none', async t => {
  const starts = [
    0n,
    1n,
    nowNano - 200n * dayNano,
    nowNano,
    nowNano + 1n,
    nowNano + 200n * dayNano,
    4_300_000_000n * 1_000_000_000n, // 2106
    2n ** 63n - 2n, // 2262
    2n ** 63n + 5n,
    2n ** 64n - 2000n,
  ]
  const spans = starts.map((start, i) =>
    spanOf(first, i + 1, start, { links: [{ traceId: second, spanId: storySpanId(1) }] }),
  )
  const end = spanOf(second, 1, nowNano, { links: [{ traceId: first, spanId: storySpanId(1) }] })
  const store = await storeOf(t, [end, ...spans.toReversed()])
  const found = await getTrace(store, first)
  assert.deepEqual(
    found?.trace.spans.map(span => span.startTimeUnixNano),
    starts.map(String),
  )
  assert.deepEqual(
    found?.linksTo.map(link => link.traceId),
    [second],
  )
  assert.deepEqual(
    found?.linksFrom.map(link => link.traceId),
    [second],
  )
  const linking = await getTrace(store, second)
  assert.equal(linking?.linksFrom.length, starts.length)
  assert.deepEqual(
    linking?.linksTo.map(link => link.startUnixNano),
    ['0'],
  )
  const both = await getTraces(store, [first, second])
  assert.equal(both.get(first)?.spans.length, starts.length)
  assert.equal(both.get(second)?.spans.length, 1)
})

test('links to days of traces are followed, each where it lies', async t => {
  const count = 300
  const ends = Array.from({ length: count }, (_, i) =>
    spanOf(storyTraceId(i + 10), 1, nowNano - BigInt(i) * 3_600_000_000_000n),
  )
  const links = ends.map((_, i) => ({ traceId: storyTraceId(i + 10), spanId: storySpanId(1) }))
  const store = await storeOf(t, [...ends, spanOf(first, 1, nowNano, { links })])
  const found = await getTrace(store, first)
  assert.equal(found?.linksTo.length, count)
})

test('a span with ten thousand links comes back whole, and with as many of their ends as one answer holds', async t => {
  const count = 10_000
  const ends = Array.from({ length: count }, (_, i) => spanOf(second, i + 1, nowNano + BigInt(i)))
  const links = Array.from({ length: count }, (_, i) => ({ traceId: second, spanId: storySpanId(i + 1) }))
  const store = await storeOf(t, [...ends, spanOf(first, 1, nowNano, { links })])
  const found = await getTrace(store, first)
  assert.equal(found?.trace.spans[0]?.links.length, count)
  assert.equal(found?.linksTo.length, 5000)
  const other = await getTrace(store, second)
  assert.equal(other?.trace.spans.length, count)
  assert.equal(other?.linksFrom.length, 2000)
})

test('thousands of messages are tied, in one trace and across traces that lost their context', async t => {
  const count = 3000
  const spans = Array.from({ length: count }, (_, i) => [
    spanOf(first, 2 * i + 1, nowNano + BigInt(i * 1000), handling('send', i)),
    spanOf(first, 2 * i + 2, nowNano + BigInt(i * 1000 + 500), {
      ...handling('process', i),
      parentSpanId: storySpanId(2 * i + 1),
    }),
    spanOf(second, i + 1, nowNano + BigInt(i * 1000 + 600), handling('process', i)),
  ]).flat()
  const store = await storeOf(t, spans)
  const found = await getTrace(store, first)
  assert.equal(found?.trace.spans.length, 2 * count)
  const ties = Map.groupBy(found.messages, message => message.tie)
  assert.equal(ties.get('parent')?.length, count)
  assert.equal(ties.get('coordinates')?.length, 2000)
  const lost = await getTrace(store, second)
  assert.ok(lost?.messages.every(message => message.tie === 'coordinates'))
})
