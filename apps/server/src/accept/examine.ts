import { WaybillError } from '@waybill/model'
import { walkTraces } from '@waybill/wire/otlp'
import { countSpans, keepSpans } from '../spool/span-cut.ts'
import type { SpanFormat } from './formats.ts'
import { toOtlp } from './formats.ts'

/** A body, and what has to be known to examine it. */
export interface Arrival {
  readonly body: Uint8Array
  readonly format: SpanFormat
  /** The time of spans that tell none, microseconds since 1970. */
  readonly arrivedMicros: number
  /** Larger spans are left out. */
  readonly maxSpanBytes: number
}

/** What a body turned out to be. */
export type Examined =
  | {
      readonly isSound: true
      /** An OTLP request without the spans that are left out. */
      readonly bytes: Uint8Array
      readonly spans: number
      readonly rejectedSpans: number
    }
  | {
      readonly isSound: false
      readonly error: WaybillError
      /** Those that can be told apart in the OTLP bytes. */
      readonly rejectedSpans: number
    }

/**
 * Turns a body into OTLP bytes, checks these, and leaves out spans that are too large. It takes time in proportion to the
 * body, and nothing else: what is large, {@link ExaminingThread} has examined.
 */
export function examine({ body, format, arrivedMicros, maxSpanBytes }: Arrival): Examined {
  let otlp: Uint8Array | undefined
  try {
    otlp = toOtlp(format, body, arrivedMicros)
    const { spans } = walkTraces(otlp)
    // A span cannot be larger than the request that it stands in, so most requests are not looked at again.
    if (otlp.length <= maxSpanBytes) return { isSound: true, bytes: otlp, spans, rejectedSpans: 0 }
    const kept = keepSpans(otlp, (_, spanBytes) => spanBytes <= maxSpanBytes)
    const rejectedSpans = spans - kept.spans
    return {
      isSound: true,
      bytes: rejectedSpans > 0 ? kept.bytes : otlp,
      spans: kept.spans,
      rejectedSpans,
    }
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return { isSound: false, error, rejectedSpans: otlp === undefined ? 0 : countSpans(otlp) }
  }
}
