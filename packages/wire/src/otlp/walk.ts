import { WaybillError } from '@waybill/model'
import { readVarint, valueEnd, varintEnd, viewOf } from '../protobuf/reader.ts'
import { wireTypes } from '../protobuf/schema.ts'
import { isUtf8 } from '../protobuf/utf8.ts'
import { isPlainAttribute } from './plain-attribute.ts'
import { maxValueDepth } from './schema.ts'
import {
  action,
  actions,
  anyValueIndex,
  anyValueSetIndex,
  keyValueIndex,
  messages,
  rootIndex,
  spanIndex,
  states,
} from './walk-table.ts'

/** What a walk over sound bytes found. */
export interface WalkResult {
  readonly spans: number
}

/**
 * Checks that bytes are an ExportTraceServiceRequest which any reader of protobuf takes, and counts its
 * spans, without making an object for any of them:
 *
 * - every tag, varint and length is whole and stays inside its message; no groups, no field number 0;
 * - known fields have the wire type of their definition; unknown fields are stepped over;
 * - strings are UTF-8;
 * - every span has a trace id of 16 bytes and a span id of 8 bytes, neither of them all zeros; a parent's
 *   id and the ids of links are empty or of the right length;
 * - values nest at most {@link maxValueDepth} deep;
 * - numbers fit the type of their field, and a value is only one of text, number, list, ...
 *
 * The walk is at least as strict as ClickHouse's reader, which refuses a whole segment for one bad byte.
 * Times and the meaning of numbers are not judged: a span may end before it starts.
 *
 * @throws WaybillError BAD_PROTOBUF that names the fault; `position` is its offset in `bytes`.
 * @example walkTraces(body).spans
 */
export function walkTraces(bytes: Uint8Array): WalkResult {
  return { spans: walk(bytes, viewOf(bytes), 0, bytes.length) }
}

/**
 * The longest beginning of `bytes` that is sound and ends between two top-level fields: what is left of a
 * file whose last write was cut short.
 *
 * @returns the length of that beginning in bytes, and how many spans it holds.
 */
export function soundPrefix(bytes: Uint8Array): { readonly bytes: number; readonly spans: number } {
  const view = viewOf(bytes)
  let sound = 0
  let spans = 0
  while (sound < bytes.length) {
    const tag = readVarint(view, sound, bytes.length)
    const end = varintEnd < 0 ? -1 : valueEnd(view, tag % 8, varintEnd, bytes.length)
    if (end < 0) break
    try {
      spans += walk(bytes, view, sound, end)
    } catch (error) {
      if (error instanceof WaybillError) break
      throw error
    }
    sound = end
  }
  return { bytes: sound, spans }
}

/*
 * Messages that are open around the one being walked: where each ends, and which it is. Six levels from the
 * request down to an attribute, then at most three (AnyValue, KeyValueList, KeyValue) for each level of
 * nesting in a value.
 */
const openEnds = new Uint32Array(8 + 3 * maxValueDepth)
const openMessages = new Uint8Array(8 + 3 * maxValueDepth)

/**
 * Walks the fields of a request from `start` to `limit` in one loop over all levels of nesting: calls for
 * the twenty messages in a span would take twice the time.
 *
 * @returns the number of spans.
 */
function walk(bytes: Uint8Array, view: DataView, start: number, limit: number): number {
  let spans = 0
  let message = rootIndex
  let open = 0
  let valueDepth = 0
  let spanStart = 0
  let spanIds = 0
  let position = start
  let end = limit
  while (true) {
    if (position === end) {
      if (message === spanIndex) {
        if (spanIds !== 3) fault(message, spanIds & 1 ? 'no span id' : 'no trace id', spanStart)
        spans++
      } else if (message === anyValueIndex || message === anyValueSetIndex) valueDepth--
      if (open === 0) return spans
      open--
      end = openEnds[open] as number
      message = openMessages[open] as number
      continue
    }

    const tagStart = position
    let tag = bytes[position++] as number
    if (tag >= 0x80) {
      tag = readVarint(view, tagStart, end)
      position = varintEnd
      if (position < 0) fault(message, 'a tag that is cut short or too long', tagStart)
      if (tag > 0xffffffff) fault(message, 'a tag of more than 32 bits', tagStart)
    }
    let todo = tag % 8
    if (tag < 256) {
      const cell = message * 256 + tag
      todo = actions[cell] as number
      message = states[cell] as number
    }

    if (todo === action.varint) {
      if (position < end && (bytes[position] as number) < 0x80) position++
      else {
        readVarint(view, position, end)
        if (varintEnd < 0) fault(message, 'a varint that is cut short or too long', position, tag)
        position = varintEnd
      }
      continue
    }
    if (todo === action.fixed64 || todo === action.fixed32) {
      const size = todo === action.fixed64 ? 8 : 4
      if (size > end - position) fault(message, `${size} bytes wanted, ${end - position} left`, position, tag)
      position += size
      continue
    }
    if (todo < action.string && todo !== action.length) {
      position = checkVarint(view, message, tag, todo, position, end)
      continue
    }

    let length = position < end ? (bytes[position] as number) : 0x80
    if (length < 0x80) position++
    else {
      length = readVarint(view, position, end)
      if (varintEnd < 0) fault(message, 'a length that is cut short or too long', position, tag)
      position = varintEnd
    }
    const next = position + length
    if (next > end) fault(message, `${length} bytes announced, ${end - position} left`, position, tag)

    if (todo >= action.message) {
      const nested = todo - action.message
      if (
        nested === keyValueIndex &&
        valueDepth < maxValueDepth &&
        isPlainAttribute(bytes, view, position, next)
      ) {
        position = next
        continue
      }
      if (nested === anyValueIndex && ++valueDepth > maxValueDepth)
        fault(message, `values nested more than ${maxValueDepth} deep`, tagStart, tag)
      if (nested === spanIndex) {
        spanStart = position
        spanIds = 0
      }
      openEnds[open] = end
      openMessages[open++] = message
      message = nested
      end = next
      continue
    }
    if (todo === action.string) {
      if (!isUtf8(view, position, next)) fault(message, 'not UTF-8', position, tag)
    } else if (todo !== action.length) {
      spanIds |= checkId(view, message, tag, todo, position, length)
    }
    position = next
  }
}

/**
 * Checks a varint of fewer than 64 bits and returns where it ends; refuses every action that is no varint.
 * ClickHouse's reader fails for numbers that overflow the type of their field.
 */
function checkVarint(
  view: DataView,
  message: number,
  tag: number,
  todo: number,
  position: number,
  end: number,
): number {
  const most = todo === action.bool ? 1 : todo === action.enum ? 0x7fffffff : 0xffffffff
  if (todo < action.bool || todo > action.uint32) fault(message, whyRefused(todo, tag), position, tag)
  const value = readVarint(view, position, end)
  if (varintEnd < 0) fault(message, 'a varint that is cut short or too long', position, tag)
  if (value > most) fault(message, `a number above ${most}`, position, tag)
  return varintEnd
}

/** Checks an id and returns the bit that stands for it where a span must have it, else 0. */
function checkId(
  view: DataView,
  message: number,
  tag: number,
  todo: number,
  position: number,
  length: number,
): number {
  const size = todo === action.traceId || todo === action.requiredTraceId ? 16 : 8
  const required = todo === action.requiredTraceId || todo === action.requiredSpanId
  if (length !== size && (required || length !== 0))
    fault(message, `an id of ${length} bytes instead of ${size}`, position, tag)
  if (!required) return 0
  let bits = view.getInt32(position) | view.getInt32(position + 4)
  if (size === 16) bits |= view.getInt32(position + 8) | view.getInt32(position + 12)
  if (bits === 0) fault(message, 'an id of zeros', position, tag)
  return size === 16 ? 1 : 2
}

function whyRefused(todo: number, tag: number): string {
  const wireType = tag % 8
  if (todo === action.secondValue) return 'a second value where only one may stand'
  if (wireType === wireTypes.groupStart || wireType === wireTypes.groupEnd) return 'a group'
  if (wireType > wireTypes.fixed32) return `wire type ${wireType}, which does not exist`
  return todo === action.fieldZero ? 'field number 0' : `wire type ${wireType}, which is not the field's`
}

/** Fails, naming the message, the field that `tag` stands for where one is to blame, and the place. */
function fault(message: number, what: string, position: number, tag?: number): never {
  const { name = '', fields = [] } = messages[message] ?? {}
  const number = tag === undefined ? 0 : Math.floor(tag / 8)
  const field =
    fields.find(one => one.number === number)?.name ?? (number > 0 ? `field ${number}` : undefined)
  const where = field === undefined ? name : `${name}.${field}`
  throw new WaybillError('BAD_PROTOBUF', `${where} at byte ${position}: ${what}`, { position })
}
