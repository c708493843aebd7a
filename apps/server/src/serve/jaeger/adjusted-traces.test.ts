import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storyTraceId, tellTrace } from '@waybill/model/story'
import type { SpanPiece, SpanReading } from '../../query/trace/span-slices.ts'
import { pieceReader } from './adjusted-traces.ts'
import { legacyReader } from './trace-model.ts'

/** A trace of two pieces, too large to be judged as a whole. */
const pieces: readonly SpanPiece[] = [1, 3].map(id =>
  tellTrace(1, [
    { id, at: [0, 1] },
    { id: id + 1, at: [0, 1] },
  ]),
)
const reading: SpanReading = {
  traceId: storyTraceId(1),
  bounds: [],
  isWhole: false,
  pieces: (async function* () {
    yield* pieces
  })(),
}
const queries = {
  outlineOfTrace: async () => undefined,
  spansOfTrace: async () => reading,
  spansOfTraces: async () => new Map(),
}

test('the first span of a trace that is too large to be judged says so, and no other does', async () => {
  for (const isRaw of [false, true]) {
    const adjust = await pieceReader({ queries, maxSkewNano: 0n }, reading, isRaw)
    const { readSpans } = legacyReader()
    const warnings = pieces.map(piece => readSpans(adjust(piece)).map(span => span.warnings))
    const told = [
      'the trace has more than 100000 spans: ids that spans share and clocks are left as they came',
    ]
    assert.deepEqual(warnings, [
      [isRaw ? null : told, null],
      [null, null],
    ])
  }
})
