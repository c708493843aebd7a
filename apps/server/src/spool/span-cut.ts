/*
 * The path to a span (trace/v1/trace.proto), each step a length-delimited field:
 *
 *     ExportTraceServiceRequest.resource_spans = 1 → ResourceSpans.scope_spans = 2 → ScopeSpans.spans = 2
 */
const path = [1, 2, 2] as const
const lengthDelimited = 2

interface Cut {
  readonly parts: Uint8Array[]
  bytes: number
  spans: number
}

/** What {@link keepSpans} left, as parts that follow each other. */
export interface KeptSpans {
  readonly bytes: Uint8Array
  readonly spans: number
}

/**
 * Copies an OTLP request without some of its spans: the lengths around them are written anew, resources and
 * scopes that lose all their spans go too, everything else stays byte for byte.
 *
 * @param bytes a sound request; see `walkTraces`.
 * @param keep told each span's place in the request and its size in bytes.
 */
export function keepSpans(bytes: Uint8Array, keep: (index: number, spanBytes: number) => boolean): KeptSpans {
  let index = 0
  const cut = (start: number, end: number, level: number): Cut => {
    const kept: Cut = { parts: [], bytes: 0, spans: 0 }
    let copied = start
    const copy = (from: number, to: number): void => {
      if (from < to) add(kept, bytes.subarray(from, to))
    }
    forEachField(bytes, start, end, (number, wireType, fieldStart, valueStart, fieldEnd) => {
      if (number !== path[level] || wireType !== lengthDelimited) return
      if (level === path.length - 1) {
        if (keep(index++, fieldEnd - valueStart)) kept.spans++
        else {
          copy(copied, fieldStart)
          copied = fieldEnd
        }
        return
      }
      const inner = cut(valueStart, fieldEnd, level + 1)
      copy(copied, fieldStart)
      copied = fieldEnd
      if (inner.spans === 0) return
      add(kept, header(number, inner.bytes))
      for (const part of inner.parts) add(kept, part)
      kept.spans += inner.spans
    })
    copy(copied, end)
    return kept
  }
  const { parts, spans } = cut(0, bytes.length, 0)
  return { bytes: Buffer.concat(parts), spans }
}

/**
 * Counts the spans that can be told apart in bytes which may be anything, for counting what was refused.
 * Stops at the first field that does not fit.
 */
export function countSpans(bytes: Uint8Array): number {
  let spans = 0
  const count = (start: number, end: number, level: number): void => {
    forEachField(bytes, start, end, (number, wireType, _fieldStart, valueStart, fieldEnd) => {
      if (number !== path[level] || wireType !== lengthDelimited) return
      if (level === path.length - 1) spans++
      else count(valueStart, fieldEnd, level + 1)
    })
  }
  count(0, bytes.length, 0)
  return spans
}

function add(cut: Cut, part: Uint8Array): void {
  cut.parts.push(part)
  cut.bytes += part.length
}

/** Tag and length of a length-delimited field. */
function header(number: number, length: number): Uint8Array {
  const bytes = [number * 8 + lengthDelimited]
  let rest = length
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

type Visit = (
  number: number,
  wireType: number,
  fieldStart: number,
  valueStart: number,
  fieldEnd: number,
) => void

/** Visits the fields of one message, up to the first that is cut short or of no known wire type. */
function forEachField(bytes: Uint8Array, start: number, end: number, visit: Visit): void {
  let at = start
  while (at < end) {
    const tag = varint(bytes, at, end)
    if (varintEnd < 0) return
    const wireType = tag % 8
    let valueStart = varintEnd
    let fieldEnd: number
    if (wireType === lengthDelimited) {
      const length = varint(bytes, valueStart, end)
      if (varintEnd < 0) return
      valueStart = varintEnd
      fieldEnd = valueStart + length
    } else if (wireType === 0) {
      varint(bytes, valueStart, end)
      if (varintEnd < 0) return
      fieldEnd = varintEnd
    } else if (wireType === 1 || wireType === 5) fieldEnd = valueStart + (wireType === 1 ? 8 : 4)
    else return
    if (fieldEnd > end) return
    visit(Math.floor(tag / 8), wireType, at, valueStart, fieldEnd)
    at = fieldEnd
  }
}

/** Where the last varint ended; -1 where it was cut short. */
let varintEnd = 0

function varint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  let scale = 1
  for (let at = start; at < end && at < start + 10; at++) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) {
      varintEnd = at + 1
      return value
    }
    scale *= 128
  }
  varintEnd = -1
  return 0
}
