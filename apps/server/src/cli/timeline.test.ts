import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import type { Span } from '@waybill/model'
import { messageSegments } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { tellTrace } from '@waybill/model/story'
import { widthOf } from './output.ts'
import { drawTrace } from './timeline.ts'

process.env['TZ'] = 'UTC'

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)
const asText = { serializers: [String] }

const plain = (columns: number) => ({ columns, paint: (_look: string, text: string) => text })
const report = {
  'messaging.system': 'kafka',
  'messaging.destination.name': 'report',
  'messaging.destination.partition.id': '0',
  'messaging.kafka.offset': 17,
  'messaging.consumer.group.name': 'workers',
}
const story: readonly StorySpan[] = [
  { id: 1, name: 'report_request', service: 'report-api', kind: 'server', at: [0, 60] },
  {
    id: 2,
    parent: 1,
    name: 'report_producer',
    service: 'report-api',
    kind: 'producer',
    at: [10, 50],
    attributes: report,
  },
  {
    id: 3,
    parent: 2,
    name: 'report_consumer',
    service: 'report-worker',
    kind: 'consumer',
    at: [2150, 2160],
    attributes: report,
  },
  { id: 4, parent: 3, name: 'handle_report', service: 'report-worker', at: [2151, 3000], error: true },
  { id: 5, parent: 4, name: 'doWork:0', service: 'report-worker', at: [2151, 2500] },
  { id: 6, parent: 4, name: 'doWork:5', service: 'report-worker', at: [2500, 2900], error: true },
  { id: 7, parent: 99, name: 'lost', service: 'audit', kind: 'server', at: [2600, 2700] },
]

function response(spans: readonly StorySpan[], change: (span: Span) => Span = span => span): TraceResponse {
  const told = tellTrace(0x4bf92f35, spans)
  const trace = { ...told, spans: told.spans.map(change) }
  return { trace, messages: messageSegments(trace), linksTo: [], linksFrom: [] }
}

const withException = (span: Span): Span =>
  span.name === 'doWork:5'
    ? {
        ...span,
        events: [
          {
            timeUnixNano: span.endTimeUnixNano,
            name: 'exception',
            attributes: [
              { key: 'exception.type', value: { stringValue: 'Error' } },
              { key: 'exception.message', value: { stringValue: 'doWork:5 error' } },
            ],
            droppedAttributesCount: 0,
          },
        ],
      }
    : span

test('a trace through Kafka, 100 columns wide', t => {
  const drawn = drawTrace(response(story, withException), plain(100))
  t.assert.fileSnapshot(drawn, fixture('trace-100-columns.txt'), asText)
  for (const line of drawn.split('\n')) assert.ok(widthOf(line) <= 100, line)
})

test('a narrow terminal', t => {
  t.assert.fileSnapshot(
    drawTrace(response(story, withException), plain(60)),
    fixture('trace-60-columns.txt'),
    asText,
  )
})

test('errors are red, messages yellow, and every look ends', () => {
  const drawn = drawTrace(response(story), {
    columns: 100,
    paint: (look, text) => `<${look}>${text}</${look}>`,
  })
  assert.match(drawn, /<yellow>.*report\[0\]@17.*<\/yellow> <yellow> *░+ *<\/yellow> waited 2\.1 s/)
  assert.match(drawn, /<red>.*✕ report-worker doWork:5 *<\/red> <red> *█+ *<\/red> 400 ms/)
})

test('what a span says cannot steer the terminal', () => {
  const drawn = drawTrace(
    response([{ id: 1, name: '\u001b[2J\u001b]0;x\u0007a\nb\u202e', service: 'シ\u0000', at: [0, 1] }]),
    plain(80),
  )
  const steering = [...drawn].filter(char => /[\p{Cc}\u202e]/u.test(char) && char !== '\n')
  assert.deepEqual(steering, [])
  assert.match(drawn, /シ· ·\[2J·\]0;x·a·b·/)
})

test('a trace of one instant, and a chain deeper than the terminal is wide', () => {
  assert.match(drawTrace(response([{ id: 1, at: [0, 0] }]), plain(80)), /█/)
  const chain = Array.from({ length: 200 }, (_, i): StorySpan => ({ id: i + 1, parent: i, at: [i, 400] }))
  const drawn = drawTrace(response(chain.with(0, { id: 1, at: [0, 400] })), plain(80))
  for (const line of drawn.split('\n')) assert.ok(widthOf(line) <= 80, line)
})
