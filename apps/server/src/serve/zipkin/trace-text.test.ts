import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Span, Trace } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { tellTrace } from '@waybill/model/story'
import type { ZipkinSpan } from '@waybill/wire/zipkin'
import { traceTexts } from './trace-text.ts'

const told = (ids: readonly number[]): readonly StorySpan[] =>
  ids.map(id => ({ id, at: [Math.floor(id / 10), 100], attributes: { 'user.id': 'ü"' } }))

async function* inPieces(spans: readonly Span[], sizes: number, rest: object) {
  for (let at = 0; at < spans.length; at += sizes) yield { ...rest, spans: spans.slice(at, at + sizes) }
}

async function textOf(reading: object): Promise<string> {
  let text = ''
  for await (const piece of traceTexts(reading as Parameters<typeof traceTexts>[0])) text += piece
  return text
}

const traceText = ({ traceId, ...whole }: Trace) =>
  textOf({ traceId, pieces: inPieces(whole.spans, 1000, whole) })
const idsIn = (text: string) => (JSON.parse(text) as ZipkinSpan[]).map(span => Number.parseInt(span.id, 16))

test('a span that came twice is one, whatever started beside it', async () => {
  const trace = tellTrace(1, told([1, 2, 1, 3, 2, 10, 11, 10, 30]))
  assert.deepEqual(idsIn(await traceText(trace)), [1, 2, 3, 10, 11, 30])
  for (const size of [1, 2, 4, 9]) {
    const { traceId, spans, resources, scopes } = trace
    const pieces = inPieces(spans, size, { resources, scopes })
    assert.equal(await textOf({ traceId, bounds: [], isWhole: false, pieces }), await traceText(trace))
  }
})

test('a span that came in parts is as many', async () => {
  const [part, other] = tellTrace(1, told([1])).spans
  assert.ok(part !== undefined && other === undefined)
  const trace = { ...tellTrace(1, []), spans: [part, { ...part, name: 'the rest' }] }
  assert.deepEqual(idsIn(await traceText(trace)), [1, 1])
})

test('nothing is a list of nothing', async () => {
  const trace = tellTrace(1, [])
  assert.equal(await traceText(trace), '[]')
  const reading = { traceId: trace.traceId, bounds: [], isWhole: false, pieces: inPieces([], 1, {}) }
  assert.equal(await textOf(reading), '[]')
})
