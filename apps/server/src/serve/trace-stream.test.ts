import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { messageSegments } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { tellTrace } from '@waybill/model/story'
import { streamTrace } from './trace-stream.ts'

test('the pieces of a trace are its JSON, whatever its size', async () => {
  for (const size of [0, 1, 255, 256, 257, 1000]) {
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
    const response = { trace, messages: messageSegments(trace), linksTo: [], linksFrom: [] }
    assert.deepEqual(JSON.parse(await text(streamTrace(response))), response)
  }
})
