import type { Readable } from 'node:stream'
import type { SpanPiece } from '../query/trace/span-slices.ts'
import type { TraceReading } from '../query/trace/trace.ts'
import { jsonItems, textStream } from './json-stream.ts'

/**
 * The JSON text of a trace of any size, written as its spans are read. It is `JSON.stringify` of the
 * TraceResponse, but for the order of the members: spans come first, the links last.
 */
export function streamTrace(reading: TraceReading, onError: (error: unknown) => void): Readable {
  return textStream(pieces(reading), onError)
}

async function* pieces(reading: TraceReading): AsyncGenerator<string> {
  yield `{"trace":{"traceId":${JSON.stringify(reading.traceId)},"spans":[`
  let last: SpanPiece | undefined
  for await (const piece of reading.pieces) {
    yield* jsonItems(piece.spans, last !== undefined)
    last = piece
  }
  yield '],"resources":['
  yield* jsonItems(last?.resources ?? [])
  yield '],"scopes":['
  yield* jsonItems(last?.scopes ?? [])
  const { messages, linksTo, linksFrom } = await reading.surroundings()
  yield ']},"messages":['
  yield* jsonItems(messages)
  yield '],"linksTo":['
  yield* jsonItems(linksTo)
  yield '],"linksFrom":['
  yield* jsonItems(linksFrom)
  yield ']}'
}
