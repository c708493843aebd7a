import { encodeTraces } from '@waybill/wire/otlp'
import type { TracePiece } from '../jaeger/adjust/adjust.ts'
import { otlpTraces } from '../jaeger/otlp-traces.ts'

/** Spans that one message holds, and bytes above which it is cut in two: clients take 4 MiB unless told otherwise. */
const spansAtOnce = 500
const bytesAtOnce = 2 << 20

/**
 * Writes spans as opentelemetry.proto.trace.v1.TracesData messages. A resource stands once in each message that
 * has spans of it.
 *
 * @param pieces of one trace.
 */
export async function* encodeTraceData(
  pieces: AsyncIterable<TracePiece> | Iterable<TracePiece>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.spans.length; at += spansAtOnce)
      yield* encodeSmall({ ...piece, spans: piece.spans.slice(at, at + spansAtOnce) })
  }
}

function* encodeSmall(piece: TracePiece): Generator<Uint8Array> {
  const bytes = encodeTraces(otlpTraces([piece]))
  if (bytes.length <= bytesAtOnce || piece.spans.length === 1) {
    yield bytes
    return
  }
  const half = piece.spans.length >> 1
  yield* encodeSmall({ ...piece, spans: piece.spans.slice(0, half) })
  yield* encodeSmall({ ...piece, spans: piece.spans.slice(half) })
}
