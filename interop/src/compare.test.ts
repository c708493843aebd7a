import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Span, SpanId, TraceId } from '@waybill/model'
import { differences } from './compare.ts'
import type { StoredSpan } from './read-back.ts'
import type { Story } from './story.ts'
import { int, string } from './story.ts'

/* The comparison itself must see what is lost. */

const story: Story = [
  { name: 'publish', kind: 'producer', parent: null, attributes: { items: int(3) } },
  {
    name: 'process',
    kind: 'consumer',
    parent: 'publish',
    error: 'declined',
    events: [{ name: 'exception', attributes: { 'exception.message': string('declined') } }],
    links: [{ to: 'publish', attributes: { reason: string('message') } }],
  },
]

const traceId = 'a'.padEnd(32, '0') as TraceId
const [first, second] = ['1', '2'].map(id => id.padStart(16, '0') as SpanId) as [SpanId, SpanId]
const none = { droppedAttributesCount: 0 }

const publish: Span = {
  traceId,
  spanId: first,
  parentSpanId: '',
  traceState: '',
  flags: 1,
  name: 'publish',
  kind: 'producer',
  startTimeUnixNano: '1000',
  endTimeUnixNano: '2000',
  attributes: [{ key: 'items', value: int(3) }],
  ...none,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  status: { code: 'unset', message: '' },
  service: 'shop',
  resource: 0,
  scope: 0,
}
const process: Span = {
  ...publish,
  spanId: second,
  parentSpanId: first,
  name: 'process',
  kind: 'consumer',
  attributes: [],
  events: [
    {
      timeUnixNano: '1500',
      name: 'exception',
      attributes: [{ key: 'exception.message', value: string('declined') }],
      ...none,
    },
  ],
  links: [
    {
      traceId,
      spanId: first,
      traceState: '',
      attributes: [{ key: 'reason', value: string('message') }],
      flags: 0,
      ...none,
    },
  ],
  status: { code: 'error', message: 'declined' },
}

function found(...spans: readonly Span[]): readonly string[] {
  const stored: readonly StoredSpan[] = spans.map(span => ({ span, resource: undefined, scope: undefined }))
  return differences(story, stored, 'shop')
}

test('a story that arrived whole has no differences', () => {
  assert.deepEqual(found(process, publish), [])
})

test('what is missing or changed is named', () => {
  assert.deepEqual(found(), [
    '0 spans instead of 2',
    'no producer "publish" among nothing',
    'no consumer "process" among nothing',
  ])
  const changes: readonly (readonly [Partial<Span>, string])[] = [
    [{ parentSpanId: '' }, '"process" parent: null instead of "publish"'],
    [{ service: 'bank' }, '"process" service: "bank" instead of "shop"'],
    [{ status: { code: 'error', message: '' } }, '"process" error: "" instead of "declined"'],
    [{ status: { code: 'ok', message: 'declined' } }, '"process" failed: false instead of true'],
    [{ links: [] }, '"process" links: [] instead of ["publish"]'],
    [{ endTimeUnixNano: '999' }, '"process" has a duration: false instead of true'],
  ]
  for (const [change, line] of changes)
    assert.ok(found({ ...process, ...change }, publish).includes(line), line)
})

test('a number that became a text, and ids that became one, are differences', () => {
  const texts = { ...publish, attributes: [{ key: 'items', value: string('3') }] }
  assert.deepEqual(found(process, texts), [
    '"publish" attribute items: {"stringValue":"3"} instead of {"intValue":"3"}',
  ])
  assert.ok(found({ ...process, spanId: first }, publish).includes('1 ids of 2 spans'))
})
