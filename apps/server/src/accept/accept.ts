import { WaybillError } from '@waybill/model'
import type { Arrival } from './examine.ts'
import { examine } from './examine.ts'
import type { ExaminingThread } from './examining-thread.ts'
import { isLarge } from './examining-thread.ts'
import type { SpanFormat } from './formats.ts'

/** What became of the spans of a request that was taken, as a whole or in part. */
export interface Accepted {
  readonly acceptedSpans: number
  readonly rejectedSpans: number
  /** Why some were left out; the empty string where none were. */
  readonly reason: string
}

/**
 * Takes a body, which must not change until it has answered.
 *
 * @param format what the body is in: the bytes of an OTLP ExportTraceServiceRequest unless said.
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970: now unless said.
 */
export type Accept = (body: Uint8Array, format?: SpanFormat, arrivedMicros?: number) => Promise<Accepted>

/** Every span that arrives is counted once, by one of these. */
export interface SpanCounter {
  accepted(spans: number): void
  /** @param reason a code of the error table in lower case, or `span_too_large`. */
  rejected(spans: number, reason: string): void
}

export interface AcceptOptions {
  readonly spool: { append(body: Uint8Array, spans: number): Promise<void> }
  readonly counter: SpanCounter
  /** Larger spans are left out of their request. */
  readonly maxSpanBytes: number
  /** Examines large bodies; without it they are examined here. */
  readonly thread?: ExaminingThread
}

/**
 * Makes the one door through which spans come in, whatever transport and format brought them: makes OTLP bytes of
 * them, checks these, leaves out spans that are too large, counts, and appends to the spool.
 *
 * @returns a function that resolves when the spans are kept, and throws WaybillError BAD_PROTOBUF, BAD_JSON or
 *   BAD_THRIFT that names what was wrong where, BUSY, or what the spool says: SPOOL_FULL, SPOOL_UNWRITABLE,
 *   SHUTTING_DOWN.
 */
export function createAccept({ spool, counter, maxSpanBytes, thread }: AcceptOptions): Accept {
  return async (body, format = 'otlp_proto', arrivedMicros = Date.now() * 1000) => {
    const arrival: Arrival = { body, format, arrivedMicros, maxSpanBytes }
    const examined =
      thread !== undefined && isLarge(arrival) ? await thread.examine(arrival) : examine(arrival)
    const { rejectedSpans } = examined
    if (!examined.isSound) {
      if (rejectedSpans > 0) counter.rejected(rejectedSpans, reasonOf(examined.error))
      throw examined.error
    }
    if (rejectedSpans > 0) counter.rejected(rejectedSpans, 'span_too_large')
    const { bytes, spans } = examined
    if (spans > 0) {
      try {
        await spool.append(bytes, spans)
      } catch (error) {
        counter.rejected(spans, reasonOf(error))
        throw error
      }
      counter.accepted(spans)
    }
    return {
      acceptedSpans: spans,
      rejectedSpans,
      reason: rejectedSpans > 0 ? tooLarge(maxSpanBytes) : '',
    }
  }
}

/** The name under which an error is counted. */
export function reasonOf(error: unknown): string {
  return error instanceof WaybillError ? error.code.toLowerCase() : 'internal'
}

function tooLarge(maxSpanBytes: number): string {
  return `spans larger than ${maxSpanBytes} bytes are refused (receive.maxSpanBytes)`
}
