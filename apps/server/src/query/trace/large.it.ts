import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Span, TraceId } from '@waybill/model'
import { compareTimes } from '@waybill/model'
import { encodeTracesJson } from '@waybill/wire/otlp'
import type { Engine, Reader } from '../../store/engine.ts'
import { temporaryFolder, temporaryStore, writeSegment } from '../../store/temporary-store.ts'
import { openSpans } from './span-slices.ts'
import { getTrace, openTrace } from './trace.ts'

const spanCount = 5000
const traceId = 'ab'.repeat(16) as TraceId
const otherTrace = 'cd'.repeat(16) as TraceId
const startNano = 1_795_000_000_000_000_000n
const zeros = '0'.repeat(16)

/** Sends and their processing, exceptions now and then, links to spans far off, to nothing and to nowhere. */
function spanAt(i: number): Record<string, unknown> {
  const isSend = i % 10 === 1
  const isProcess = i % 10 === 2
  return {
    traceId,
    spanId: spanId(i),
    parentSpanId: i === 0 ? '' : isProcess ? spanId(i - 1) : spanId(0),
    name: `step ${i % 7}`,
    kind: isSend ? 4 : isProcess ? 5 : 1,
    // A third of them start at one time, in no order of their ids.
    startTimeUnixNano: String(startNano + BigInt(i % 3 === 0 ? 1000 : i * 1_000_000)),
    endTimeUnixNano: String(startNano + BigInt(i * 1_000_000 + 500_000)),
    attributes: [
      { key: 'n', value: { intValue: String(i) } },
      ...(isSend || isProcess
        ? [
            { key: 'messaging.system', value: { stringValue: 'rabbitmq' } },
            { key: 'messaging.destination.name', value: { stringValue: 'jobs' } },
          ]
        : []),
    ],
    events: i % 100 === 0 ? [{ name: 'exception', timeUnixNano: String(startNano) }] : [],
    links:
      i % 1000 === 0
        ? [
            { traceId, spanId: spanId(spanCount - 1 - i) },
            { traceId: otherTrace, spanId: spanId(1) },
            { traceId: '0'.repeat(32), spanId: zeros },
            { traceId: otherTrace, spanId: zeros },
            { traceId: otherTrace, spanId: spanId(99) },
          ]
        : [],
  }
}

function spanId(i: number): string {
  return ((i * 7919 + 1) % 1_000_003).toString(16).padStart(16, '0')
}

let store: Engine
const folders: (() => Promise<void>)[] = []
before(async () => {
  const context = { after: (end: () => Promise<void>) => folders.push(end) }
  store = await temporaryStore(context)
  const folder = await temporaryFolder(context)
  const spans = Array.from({ length: spanCount }, (_, i) => spanAt(i))
  const other = {
    traceId: otherTrace,
    spanId: spanId(1),
    name: 'the other',
    startTimeUnixNano: String(startNano + 1n),
    endTimeUnixNano: String(startNano + 2n),
    links: [
      { traceId, spanId: spanId(3) },
      { traceId, spanId: zeros },
    ],
  }
  const services = ['shop', 'billing', 'audit']
  const request = (some: readonly unknown[]) => ({
    resourceSpans: services.map((service, place) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [
        { scope: { name: `scope ${place}` }, spans: some.filter((_, i) => i % services.length === place) },
      ],
    })),
  })
  for (const [name, part] of [
    ['late', spans.slice(2500)],
    ['early', [...spans.slice(0, 2500), other]],
  ] as const)
    await store.load(await writeSegment(folder, name, encodeTracesJson(request(part))))
})
after(async () => {
  for (const end of folders.reverse()) await end()
})

test('a large trace comes in pieces, every span once and in order', async () => {
  const reading = await openSpans(store, traceId)
  assert.ok(reading)
  assert.equal(reading.isWhole, false)
  const sizes: number[] = []
  const spans: Span[] = []
  for await (const piece of reading.pieces) {
    sizes.push(piece.spans.length)
    spans.push(...piece.spans)
    for (const span of piece.spans) {
      const service = piece.resources[span.resource]?.attributes.find(({ key }) => key === 'service.name')
      assert.deepEqual(service?.value, { stringValue: span.service })
      assert.match(piece.scopes[span.scope]?.name ?? '', /^scope \d$/)
    }
  }
  assert.deepEqual(sizes, [500, 2000, 2000, 500])
  assert.equal(new Set(spans.map(span => span.spanId)).size, spanCount)
  for (const [i, span] of spans.entries()) {
    const before = spans[i - 1]
    if (before === undefined) continue
    const order = compareTimes(before.startTimeUnixNano, span.startTimeUnixNano)
    assert.ok(order < 0 || (order === 0 && before.spanId < span.spanId))
  }
  for (const span of spans) {
    const [value] = span.attributes.map(attribute => attribute.value)
    const i = Number(value !== undefined && 'intValue' in value ? value.intValue : -1)
    assert.equal(span.events.length, i % 100 === 0 ? 1 : 0)
    assert.equal(span.links.length, i % 1000 === 0 ? 5 : 0)
  }
})

test('its messages and the ends of its links are those of a small one', async () => {
  const found = await getTrace(store, traceId)
  assert.equal(found?.messages.length, spanCount / 10)
  assert.ok(found.messages.every(message => message.tie === 'parent'))
  const own = [0, 1000, 2000, 3000, 4000].map(i => spanId(spanCount - 1 - i))
  assert.deepEqual(
    new Set(found.linksTo.map(end => end.traceId + end.spanId)),
    new Set([...own.map(id => traceId + id), otherTrace + spanId(1)]),
  )
  assert.deepEqual(
    found.linksFrom
      .filter(end => end.traceId === otherTrace)
      .map(({ name, service, to }) => [name, service, to]),
    [['the other', 'billing', spanId(3)]],
  )
})

test('a reader that leaves stops the reading', async () => {
  let statements = 0
  const counting: Reader = {
    query: (...asked) => {
      statements++
      return store.query(...asked)
    },
    stream: (...asked) => store.stream(...asked),
  }
  const reading = await openTrace(counting, traceId)
  assert.ok(reading)
  for await (const piece of reading.pieces) {
    assert.equal(piece.spans.length, 500)
    break
  }
  const atLeaving = statements
  assert.deepEqual(await store.query('SELECT 1 AS one'), [{ one: 1 }])
  assert.equal(statements, atLeaving)
})

test('an error on the way is an error of the loop', async () => {
  let left = 5
  const failing: Reader = {
    query: (...asked) => (left-- > 0 ? store.query(...asked) : Promise.reject(new Error('the disk is gone'))),
    stream: (...asked) => store.stream(...asked),
  }
  await assert.rejects(getTrace(failing, traceId), /the disk is gone/)
})
