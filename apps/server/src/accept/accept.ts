import { WaybillError } from '@waybill/model'
import { walkTraces } from '@waybill/wire/otlp'
import { countSpans, keepSpans } from '../spool/span-cut.ts'

/** What became of the spans of a request that was taken, as a whole or in part. */
export interface Accepted {
  readonly acceptedSpans: number
  readonly rejectedSpans: number
  /** Why some were left out; the empty string where none were. */
  readonly reason: string
}

/** Takes the bytes of an OTLP ExportTraceServiceRequest, which must not change until it has answered. */
export type Accept = (body: Uint8Array) => Promise<Accepted>

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
}

/**
 * Makes the one door through which spans come in, whatever transport and format brought them: checks the
 * bytes, leaves out spans that are too large, counts, and appends to the spool.
 *
 * @returns a function that resolves when the spans are kept, and throws WaybillError BAD_PROTOBUF with the
 *   offset of the first wrong byte, or what the spool says: SPOOL_FULL, SPOOL_UNWRITABLE, SHUTTING_DOWN.
 */
export function createAccept({ spool, counter, maxSpanBytes }: AcceptOptions): Accept {
  return async body => {
    const spans = check(body, counter)
    // A span cannot be larger than the request that it stands in, so most requests are not looked at again.
    const kept =
      body.length > maxSpanBytes
        ? keepSpans(body, (_, spanBytes) => spanBytes <= maxSpanBytes)
        : { bytes: body, spans }
    const rejectedSpans = spans - kept.spans
    if (rejectedSpans > 0) counter.rejected(rejectedSpans, 'span_too_large')
    if (kept.spans > 0) {
      try {
        await spool.append(rejectedSpans > 0 ? kept.bytes : body, kept.spans)
      } catch (error) {
        counter.rejected(kept.spans, reasonOf(error))
        throw error
      }
      counter.accepted(kept.spans)
    }
    return {
      acceptedSpans: kept.spans,
      rejectedSpans,
      reason: rejectedSpans > 0 ? tooLarge(maxSpanBytes) : '',
    }
  }
}

/** The name under which an error is counted. */
export function reasonOf(error: unknown): string {
  return error instanceof WaybillError ? error.code.toLowerCase() : 'internal'
}

function check(body: Uint8Array, counter: SpanCounter): number {
  try {
    return walkTraces(body).spans
  } catch (error) {
    counter.rejected(countSpans(body), reasonOf(error))
    throw error
  }
}

function tooLarge(maxSpanBytes: number): string {
  return `spans larger than ${maxSpanBytes} bytes are refused (receive.maxSpanBytes)`
}
