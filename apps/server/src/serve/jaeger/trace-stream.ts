import type { Readable } from 'node:stream'
import type { SpanReading } from '../../query/trace/span-slices.ts'
import { jsonItems, textStream } from '../json-stream.ts'
import { envelopeEnd } from './envelope.ts'
import { jaegerTraceId } from './trace-id.ts'
import { legacyReader } from './trace-model.ts'

/** A trace of any size in the envelope of Jaeger's API, written as its spans are read. */
export function streamLegacyTrace(reading: SpanReading, onError: (error: unknown) => void): Readable {
  return textStream(pieces(reading), onError)
}

async function* pieces({ traceId, pieces }: SpanReading): AsyncGenerator<string> {
  const { processes, readSpans } = legacyReader()
  yield `{"data":[{"traceID":${JSON.stringify(jaegerTraceId(traceId))},"spans":[`
  let hasSpans = false
  for await (const piece of pieces) {
    yield* jsonItems(readSpans(piece), hasSpans)
    hasSpans = true
  }
  yield `],"processes":${JSON.stringify(processes)},"warnings":null}]`
  yield envelopeEnd({ total: 0, limit: 0, offset: 0, errors: null })
}
