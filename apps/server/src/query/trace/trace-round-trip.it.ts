import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { TraceId } from '@waybill/model'
import { storySpanId, storyTraceId } from '@waybill/model/story'
import { encodeTracesJson } from '@waybill/wire/otlp'
import type { Engine } from '../../store/engine.ts'
import { temporaryFolder, temporaryStore, writeSegment } from '../../store/temporary-store.ts'
import { maximalRequest, maximalTraceId, traceOf } from './maximal-request.ts'
import { getTrace } from './trace.ts'

async function storeOf(t: TestContext, ...requests: readonly object[]): Promise<Engine> {
  const store = await temporaryStore(t)
  const bodies = requests.map(encodeTracesJson)
  await store.load(await writeSegment(await temporaryFolder(t), 'requests', ...bodies))
  return store
}

test('a trace comes back as it was sent, whatever OTLP can say', async t => {
  const store = await storeOf(t, maximalRequest)
  const found = await getTrace(store, maximalTraceId)
  assert.deepEqual(found?.trace, traceOf(maximalRequest, maximalTraceId))
})

test('what came in several requests and segments is one trace', async t => {
  const [first, second] = maximalRequest.resourceSpans.map(one => ({ resourceSpans: [one] }))
  assert.ok(first && second)
  const store = await storeOf(t, second)
  const folder = await temporaryFolder(t)
  await store.load(await writeSegment(folder, 'later', encodeTracesJson(first)))
  const found = await getTrace(store, maximalTraceId)
  assert.deepEqual(found?.trace, traceOf(maximalRequest, maximalTraceId))
})

test('a trace is found whenever it was', async t => {
  const times = [
    ['0', '1'],
    ['9223372036854775806', '9223372036854775807'],
    ['9223372036854775807', '9223372036854775809'],
    ['9223372036854775808', '9223372036854775909'],
    ['18446744073709551614', '18446744073709551615'],
    ['1763640000000000000', '0'],
  ].map(([startTimeUnixNano, endTimeUnixNano], i) => ({
    traceId: storyTraceId(i + 1),
    spanId: storySpanId(i + 1),
    startTimeUnixNano,
    endTimeUnixNano,
  }))
  const store = await storeOf(t, { resourceSpans: [{ scopeSpans: [{ spans: times }] }] })
  for (const { traceId, startTimeUnixNano, endTimeUnixNano } of times) {
    const found = await getTrace(store, traceId)
    assert.deepEqual(
      found?.trace.spans.map(span => [span.startTimeUnixNano, span.endTimeUnixNano]),
      [[startTimeUnixNano, endTimeUnixNano]],
    )
  }
})

test('a trace of which nothing is stored is undefined', async t => {
  const store = await storeOf(t, maximalRequest)
  assert.equal(await getTrace(store, 'f'.repeat(32) as TraceId), undefined)
  assert.equal(await getTrace(store, 'a'.repeat(32) as TraceId), undefined)
})

test('links without ids come back with zeros, and lead nowhere', async t => {
  const spans = [
    { traceId: maximalTraceId, spanId: 'a'.repeat(16), links: [{ traceId: '' }, { spanId: '0'.repeat(16) }] },
    { traceId: 'b'.repeat(32), spanId: 'b'.repeat(16), links: [{ flags: 1 }] },
  ]
  const store = await storeOf(t, { resourceSpans: [{ scopeSpans: [{ spans }] }] })
  const found = await getTrace(store, maximalTraceId)
  assert.deepEqual(
    found?.trace.spans[0]?.links.map(link => link.traceId + link.spanId),
    ['0'.repeat(48), '0'.repeat(48)],
  )
  assert.deepEqual([found?.messages, found?.linksTo, found?.linksFrom], [[], [], []])
})
