import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MessageHit, TraceSummary } from '@waybill/api'
import type { SpanId, TraceId } from '@waybill/model'
import { lightSpan, messageSegments, summarize } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { tellTrace } from '@waybill/model/story'
import { count, fit, formatTime, printable, widthOf } from './output.ts'
import { drawResults } from './search.ts'
import { drawMessages } from './search-messages.ts'

process.env['TZ'] = 'UTC'

const plain = { columns: 100, paint: (_look: string, text: string) => text }
const topic = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }

function summary(trace: number, spans: readonly StorySpan[]): TraceSummary {
  const told = tellTrace(trace, spans)
  return { traceId: told.traceId, ...summarize(told.spans.map(lightSpan), messageSegments(told)) }
}

test('results as a list', t => {
  const traces = [
    summary(0x4bf92f35, [
      { id: 1, name: 'POST /orders', service: 'shop', kind: 'server', at: [0, 96] },
      { id: 2, parent: 1, service: 'shop', kind: 'producer', at: [40, 80], attributes: topic },
      {
        id: 3,
        parent: 2,
        service: 'billing',
        kind: 'consumer',
        at: [2180, 3020],
        attributes: topic,
        error: true,
      },
    ]),
    summary(2, [{ id: 1, parent: 9, name: 'a very long name '.repeat(9), service: '', at: [0, 0.085] }]),
  ]
  const drawn = drawResults({ traces, nextCursor: 'more', tookMs: 37.6 }, '1h', plain)
  t.assert.fileSnapshot(drawn, join(import.meta.dirname, 'fixtures/search-100-columns.txt'), {
    serializers: [String],
  })
  for (const line of drawn.split('\n')) assert.ok(widthOf(line) <= 100, line)
})

const sent: MessageHit = {
  facts: {
    system: 'kafka',
    destination: 'orders',
    operation: 'send',
    partition: '3',
    offset: '1042',
    key: 'order-17',
    bodySizeBytes: 6000,
  },
  traceId: '4bf92f35'.padStart(32, '0') as TraceId,
  spanId: '2'.padStart(16, '0') as SpanId,
  service: 'shop',
  name: 'send orders',
  kind: 'producer',
  status: 'unset',
  statusMessage: '',
  startUnixNano: '1700000000010000000',
  durationNano: 40_000_000,
}

test('messages as a list', t => {
  const { key: _, ...facts } = sent.facts
  const failed: MessageHit = {
    ...sent,
    facts: {
      ...facts,
      operation: 'process',
      consumerGroup: 'billing',
      attempt: 2,
      batchSize: 40,
      messageId: 'm\u001b',
    },
    service: '',
    status: 'error',
    statusMessage: 'card declined, and for many more reasons than fit into a line of a terminal',
  }
  const response = { messages: [failed, sent], nextCursor: 'more', tookMs: 3.2 }
  const drawn = drawMessages(response, '1h', plain)
  t.assert.fileSnapshot(drawn, join(import.meta.dirname, 'fixtures/messages-100-columns.txt'), {
    serializers: [String],
  })
  for (const line of drawn.split('\n')) assert.ok(widthOf(line) <= 100, line)
})

test('nothing found says where it looked', () => {
  assert.equal(
    drawResults({ traces: [], tookMs: 1 }, '15m', plain),
    'no trace in the last 15m matches; --last looks further back\n',
  )
  assert.equal(
    drawMessages({ messages: [], tookMs: 1 }, '2d', plain),
    'no message in the last 2d matches; --last looks further back\n',
  )
})

test('text fits its columns whatever it is written in', () => {
  assert.equal(fit('abc', 5), 'abc  ')
  assert.equal(fit('abcdef', 5), 'abcd…')
  assert.equal(fit('注文処理', 6), '注文… ')
  assert.equal(fit('注文処理', 8), '注文処理')
  assert.equal(fit('e\u0301a', 2), 'e\u0301a')
  assert.equal(fit('abc', 0), '')
})

test('control characters stand as dots', () => {
  assert.equal(printable('a\u001b[31mb\r\n\tc\u009b\u202e'), 'a·[31mb···c··')
  assert.equal(printable('Grüße, 注文 🚚'), 'Grüße, 注文 🚚')
})

test('numbers and times', () => {
  assert.equal(count(1, 'span'), '1 span')
  assert.equal(count(1284, 'span'), '1,284 spans')
  assert.equal(formatTime(1_700_000_000_007), '2023-11-14 22:13:20.007')
})
