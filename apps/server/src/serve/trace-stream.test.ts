import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TraceResponse } from '@waybill/api'
import { messageSegments } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { tellTrace } from '@waybill/model/story'
import type { SpanPiece } from '../query/trace/span-slices.ts'
import type { TraceReading } from '../query/trace/trace.ts'
import { legacyTrace } from './jaeger/trace-model.ts'
import { legacyTraceText } from './jaeger/trace-stream.ts'
import { streamTrace } from './trace-stream.ts'

/** Spans of a piece, as the store gives them. */
const pieceSize = 300

function tell(size: number): TraceResponse {
  const spans = Array.from(
    { length: size },
    (_, i): StorySpan => ({
      id: i + 1,
      kind: i % 2 === 0 ? 'producer' : 'consumer',
      at: [i, i + 1],
      parent: i,
    }),
  )
  const trace = tellTrace(1, spans)
  return { trace, messages: messageSegments(trace), linksTo: [], linksFrom: [] }
}

function readingOf({ trace, ...surroundings }: TraceResponse): TraceReading {
  async function* pieces(): AsyncGenerator<SpanPiece> {
    for (let at = 0; at < trace.spans.length; at += pieceSize)
      yield { ...trace, spans: trace.spans.slice(at, at + pieceSize) }
  }
  return {
    traceId: trace.traceId,
    isWhole: false,
    pieces: pieces(),
    surroundings: async () => surroundings,
  }
}

test('the pieces of a trace are its JSON, whatever its size', async () => {
  for (const size of [1, 99, 100, 101, 299, 300, 301, 1000]) {
    const response = tell(size)
    assert.deepEqual(JSON.parse(await text(streamTrace(readingOf(response), assert.ifError))), response)
  }
})

test("so are they in Jaeger's form", async () => {
  for (const size of [1, 300, 301, 1000]) {
    const response = tell(size)
    const queries = {
      spansOfTrace: async () => undefined,
      spansOfTraces: async () => new Map(),
      outlineOfTrace: async () => undefined,
    }
    const source = { queries, maxSkewNano: 0n }
    const streamed = legacyTraceText(readingOf(response), { source, isRaw: true })
    assert.deepEqual(JSON.parse(await text(Readable.from(streamed))), {
      data: [legacyTrace(response.trace)],
      total: 0,
      limit: 0,
      offset: 0,
      errors: null,
    })
  }
})

test('a stream that is left asks for no more, and one that fails ends with the error', async () => {
  let pieces = 0
  let isLeft = false
  const response = tell(300)
  async function* endless(): AsyncGenerator<SpanPiece> {
    try {
      for (;;) {
        pieces++
        yield response.trace
      }
    } finally {
      isLeft = true
    }
  }
  const stream = streamTrace({ ...readingOf(response), pieces: endless() }, assert.ifError)
  for await (const _ of stream) if (pieces > 2) break
  assert.ok(stream.destroyed)
  while (!isLeft) await nextTurn()
  assert.ok(pieces <= 4, `${pieces} pieces`)

  async function* failing(): AsyncGenerator<SpanPiece> {
    yield response.trace
    throw new Error('the disk is gone')
  }
  const told: unknown[] = []
  const broken = streamTrace({ ...readingOf(response), pieces: failing() }, error => told.push(error))
  await assert.rejects(text(broken), /the disk is gone/)
  assert.match(String(told), /the disk is gone/)
})
