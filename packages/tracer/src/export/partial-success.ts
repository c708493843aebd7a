/** What a server says that took a request, but not all of its spans. */
export interface PartialSuccess {
  readonly rejectedSpans: number
  readonly message: string
}

const lengthDelimited = 2

/**
 * Reads the answer to a request that was taken. Servers answer 200, too, where they refuse some of the spans:
 *
 * ExportTraceServiceResponse { 1 partial_success: ExportTracePartialSuccess { 1 rejected_spans, 2 error_message } }
 * (opentelemetry/proto/collector/trace/v1/trace_service.proto)
 *
 * @returns undefined where nothing was rejected, or where it cannot be told.
 */
export function readPartialSuccess(answer: Buffer): PartialSuccess | undefined {
  let rejectedSpans = 0
  let message = ''
  try {
    eachField(answer, 0, answer.length, (field, from, to) => {
      if (field !== 1 || to === undefined) return
      eachField(answer, from, to, (inner, start, end) => {
        if (inner === 1 && end === undefined) rejectedSpans = start
        else if (inner === 2 && end !== undefined) message = answer.toString('utf8', start, end)
      })
    })
  } catch {
    return undefined
  }
  return Number.isSafeInteger(rejectedSpans) && rejectedSpans > 0 ? { rejectedSpans, message } : undefined
}

/** Gives each field of a message: the value of a varint, or where a value with a length begins and ends. */
function eachField(
  bytes: Buffer,
  from: number,
  to: number,
  tell: (field: number, value: number, end: number | undefined) => void,
): void {
  let at = from
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = at < to ? bytes[at++] : undefined
      if (byte === undefined || scale > 2 ** 63) throw new Error('cut short')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  while (at < to) {
    const tag = varint()
    const value = varint()
    if ((tag & 7) === 0) tell(tag >>> 3, value, undefined)
    else if ((tag & 7) !== lengthDelimited || at + value > to) throw new Error('no such message')
    else {
      tell(tag >>> 3, at, at + value)
      at += value
    }
  }
}
