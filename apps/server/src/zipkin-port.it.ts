import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZipkinSpan } from '@waybill/wire/zipkin'
import { arbitrarySpan } from '@waybill/wire/zipkin/arbitrary'
import fc from 'fast-check'
import { runServer } from './serve/test-server.ts'

const hourMicros = 3_600_000_000
const startMicros = 1_763_640_000_000_000

/** One of a trace, of times within an hour. */
function placed(span: ZipkinSpan, index: number): ZipkinSpan {
  const within = (micros: number): number => startMicros + (micros % hourMicros)
  return {
    ...span,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    id: (index + 1).toString(16).padStart(16, '0'),
    ...(span.timestamp !== undefined && { timestamp: within(span.timestamp) }),
    ...(span.annotations && {
      annotations: span.annotations.map(({ timestamp, value }) => ({ timestamp: within(timestamp), value })),
    }),
  }
}

/** In the order in which nothing of it depends on how it was stored. */
function sorted(spans: readonly ZipkinSpan[]): readonly ZipkinSpan[] {
  return spans
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    .map(span => ({
      ...span,
      ...(span.annotations && {
        annotations: span.annotations.toSorted(
          (left, right) => left.timestamp - right.timestamp || (left.value < right.value ? -1 : 1),
        ),
      }),
    }))
}

test('a trace posted to Zipkin’s port is asked for there, through the store, as it was', async t => {
  const server = await runServer({ retentionTraces: 'off' })
  t.after(server.stop)
  const url = server.receiverUrl('zipkin')
  const spans = fc.sample(arbitrarySpan, 300).map(placed)
  await server.post(`${url}/api/v2/spans`, JSON.stringify(spans), spans.length)
  const answer = await fetch(`${url}/api/v2/trace/${spans[0]?.traceId}`)
  assert.equal(answer.status, 200)
  assert.deepEqual(sorted((await answer.json()) as readonly ZipkinSpan[]), sorted(spans))
})
