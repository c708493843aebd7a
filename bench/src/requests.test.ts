import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayValue, findAttribute } from '@waybill/model'
import type { SpanData } from '@waybill/wire/otlp'
import { decodeTraces, walkTraces } from '@waybill/wire/otlp'
import { largeTrace } from './load/large-trace.ts'
import { messageDay } from './load/message-day.ts'
import { firstOffset } from './load/traces.ts'
import type { Request } from './requests.ts'
import { requestSource, roundMs } from './requests.ts'

const startUnixMs = Date.UTC(2026, 0, 1)

function spansOf(requests: Iterable<Request>): readonly SpanData[] {
  return [...requests].flatMap(({ body }) =>
    decodeTraces(body).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  )
}

const attributeOf = (span: SpanData | undefined, key: string): string =>
  displayValue(findAttribute(span?.attributes ?? [], key) ?? {})

test('every request of a round is sound and holds as many spans as it says', () => {
  const source = requestSource(startUnixMs)
  let spans = 0
  for (const request of source.round(3)) {
    const walked = walkTraces(request.body)
    assert.equal(walked.spans, request.spans)
    spans += request.spans
  }
  assert.equal(spans, source.spansPerRound)
})

test('a later round has the same trees with other ids, times, offsets and orders', () => {
  const source = requestSource(startUnixMs)
  const [first, later] = [spansOf(source.round(0)), spansOf(source.round(2))]
  const place = first.findIndex(span => span.name === 'send orders')
  const [a, b] = [first[place], later[place]]
  assert.equal(b?.name, a?.name)
  assert.equal(b?.traceId, source.traceIdIn(2, a?.traceId ?? ''))
  assert.notEqual(b?.spanId, a?.spanId)
  const durationOf = (span?: SpanData) =>
    BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0)
  const shift = BigInt(b?.startTimeUnixNano ?? 0) - BigInt(a?.startTimeUnixNano ?? 0)
  const laterNano = Number(shift - BigInt(2 * roundMs) * 1_000_000n)
  assert.ok(laterNano >= 0 && laterNano < 1_000_000, `${laterNano}`)
  assert.equal(durationOf(b), durationOf(a))
  assert.ok(Number(attributeOf(a, 'messaging.kafka.offset')) >= firstOffset)
  assert.equal(
    Number(attributeOf(b, 'messaging.kafka.offset')) - Number(attributeOf(a, 'messaging.kafka.offset')),
    2 * source.traceIds.length,
  )
  assert.match(attributeOf(b, 'order.id'), /^[0-9a-f]{12}$/)
  assert.notEqual(attributeOf(b, 'order.id'), attributeOf(a, 'order.id'))
  const words = first.flatMap(({ traceId, spanId }) => (traceId + spanId).match(/.{8}/g) ?? [])
  const known = new Set(words)
  const shared = later.filter(({ spanId }) => known.has(spanId.slice(0, 8)) || known.has(spanId.slice(8)))
  assert.ok(shared.length < later.length / 1000, `${shared.length} ids have four bytes of an earlier one`)
  const placeOf = new Map(first.map((span, at) => [span.spanId, at]))
  for (const [at, span] of first.entries()) {
    const parent = placeOf.get(span.parentSpanId)
    if (parent !== undefined) assert.equal(later[at]?.parentSpanId, later[parent]?.spanId)
  }
})

test('a trace in five has a rare key', () => {
  const spans = spansOf(requestSource(startUnixMs).round(0))
  const rare = spans.flatMap(({ attributes }) =>
    attributes.map(({ key }) => key).filter(key => key.startsWith('app.flag.')),
  )
  assert.equal(rare.length, 1024)
  assert.ok(new Set(rare).size > 300, `${new Set(rare).size} keys`)
})

test('a day of messages has each message once, and its coordinates are those that the spans tell', () => {
  const day = messageDay(startUnixMs, 12)
  const spans = spansOf(day.round(4))
  assert.equal(spans.length, day.spansPerRound)
  const sent = spans.filter(span => span.name.startsWith('send'))
  assert.equal(sent.length, 50 * 12)
  const coordinates = sent.map(span =>
    ['destination.name', 'destination.partition.id', 'kafka.offset']
      .map(key => attributeOf(span, `messaging.${key}`))
      .join(),
  )
  assert.equal(new Set(coordinates).size, sent.length)
  const { topic, partition, offset } = day.coordinatesOf(4, 7, 11)
  assert.ok(coordinates.includes([topic, partition, offset].join()))
  assert.ok(spans.some(span => span.links.length === 1))
  assert.ok(sent.length * 2 > spans.length, 'some are never processed')
})

test('a large trace is one tree: each parent but the root’s is an earlier span', () => {
  const spans = spansOf(largeTrace('5c'.repeat(16), 1_200, startUnixMs))
  assert.equal(spans.length, 1_200)
  const seen = new Set([''])
  for (const { parentSpanId, spanId } of spans) {
    assert.ok(seen.has(parentSpanId))
    seen.delete('')
    seen.add(spanId)
  }
})
