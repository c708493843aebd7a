import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SpanId, SpanKind } from '@waybill/model'
import type { SpanOutline } from './outline.ts'
import { splitSharedIds } from './shared-ids.ts'

function outline(spanId: string, parentSpanId: string, kind: SpanKind, service: string): SpanOutline {
  const ids = { spanId: spanId as SpanId, parentSpanId: parentSpanId as SpanId | '' }
  return { ...ids, kind, service, startTimeUnixNano: '1', endTimeUnixNano: '2', resource: 0 }
}

test('one id for very many spans takes time by their number, not by its square', () => {
  const number = 50_000
  const shared = 'aaaaaaaaaaaaaaaa'
  const spans = [outline(shared, '', 'client', 'web')]
  for (let i = 0; i < number; i++) {
    spans.push(outline(shared, '', 'server', `s${i}`))
    spans.push(outline(`b${i}`, shared, 'internal', `s${i}`))
  }
  const started = performance.now()
  const changed = splitSharedIds(spans)
  assert.ok(performance.now() - started < 6_000)
  assert.equal(changed.size, 2 * number)
  const [, server, child] = spans.map(span => changed.get(span))
  assert.equal(server?.parentSpanId, shared)
  assert.equal(child?.parentSpanId, server?.spanId)
})
