import type { Readable } from 'node:stream'
import type { SpanReading } from '../../query/trace/span-slices.ts'
import { jsonItems, textStream } from '../json-stream.ts'
import type { TracePiece } from './adjust/adjust.ts'
import { envelopeEnd } from './envelope.ts'
import { otlpTraces } from './otlp-traces.ts'
import { jaegerTraceId } from './trace-id.ts'
import { legacyReader } from './trace-model.ts'

interface Streaming {
  /** Made of each piece before it is written. */
  readonly adjust: (piece: TracePiece) => TracePiece
  readonly onError: (error: unknown) => void
}

/** A trace of any size in the envelope of Jaeger's legacy API, written as its spans are read. */
export function streamLegacyTrace(reading: SpanReading, { adjust, onError }: Streaming): Readable {
  return textStream(legacyPieces(reading, adjust), onError)
}

/** The same as api_v3 has it. A resource stands once in each piece that has spans of it. */
export function streamOtlpTrace(reading: SpanReading, { adjust, onError }: Streaming): Readable {
  return textStream(otlpPieces(reading, adjust), onError)
}

async function* legacyPieces(
  { traceId, pieces }: SpanReading,
  adjust: Streaming['adjust'],
): AsyncGenerator<string> {
  const { processes, readSpans } = legacyReader()
  yield `{"data":[{"traceID":${JSON.stringify(jaegerTraceId(traceId))},"spans":[`
  let hasSpans = false
  for await (const piece of pieces) {
    yield* jsonItems(readSpans(adjust(piece)), hasSpans)
    hasSpans = true
  }
  yield `],"processes":${JSON.stringify(processes)},"warnings":null}]`
  yield envelopeEnd({ total: 0, limit: 0, offset: 0, errors: null })
}

async function* otlpPieces({ pieces }: SpanReading, adjust: Streaming['adjust']): AsyncGenerator<string> {
  yield '{"result":{"resourceSpans":['
  let hasSpans = false
  for await (const piece of pieces) {
    // One at a time, since each holds many spans
    for (const resourceSpans of otlpTraces([adjust(piece)]).resourceSpans ?? []) {
      yield* jsonItems([resourceSpans], hasSpans)
      hasSpans = true
    }
  }
  yield ']}}'
}
