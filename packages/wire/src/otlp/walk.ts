import { WaybillError } from '@waybill/model'
import { readVarint, varintEnd, viewOf } from '../protobuf/reader.ts'
import type { Field, Message } from '../protobuf/schema.ts'
import { wireTypeOf } from '../protobuf/schema.ts'
import { isUtf8 } from '../protobuf/utf8.ts'
import { anyValue, exportRequest, maxValueDepth, span as spanMessage } from './schema.ts'

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
 * - values nest at most {@link maxValueDepth} deep.
 *
 * The walk is at least as strict as ClickHouse's reader, which refuses a whole segment for one bad byte.
 * Times and enum numbers are not judged: a span may end before it starts.
 *
 * @throws WaybillError BAD_PROTOBUF that names the fault; `position` is its offset in `bytes`.
 * @example walkTraces(body).spans
 */
export function walkTraces(bytes: Uint8Array): WalkResult {
  spans = 0
  walkMessage(viewOf(bytes), rootIndex, 0, bytes.length, 0)
  return { spans }
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
  let soundSpans = 0
  spans = 0
  try {
    while (sound < bytes.length) {
      sound = walkMessage(view, rootIndex, sound, bytes.length, 0, 1)
      soundSpans = spans
    }
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
  }
  return { bytes: sound, spans: soundSpans }
}

/*
 * The schema as a table of bytes, so that one loop walks every message: for message m and tag t (a field
 * number times 8 plus a wire type) actions[m * 256 + t] says what to do with the field. Actions 0 to 7 are
 * the wire types themselves: step over the value, or fail for 3, 4, 6 and 7. Tags of 256 and more belong to
 * no field we know.
 */
const action = {
  varint: 0,
  fixed64: 1,
  length: 2,
  fixed32: 5,
  string: 8,
  traceId: 9,
  spanId: 10,
  requiredTraceId: 11,
  requiredSpanId: 12,
  wrongWireType: 13,
  fieldZero: 14,
  /** 16 + m: walk message m. */
  message: 16,
} as const

const messages: Message[] = []
const rootIndex = indexOf(exportRequest)
const anyValueIndex = indexOf(anyValue)
const spanIndex = indexOf(spanMessage)
const actions = new Uint8Array(messages.length * 256)
for (const [index, message] of messages.entries()) {
  for (let tag = 0; tag < 256; tag++) {
    const field = message.fields.find(one => one.number === tag >> 3)
    actions[index * 256 + tag] = tag < 8 ? action.fieldZero : field ? actionOf(field, tag & 7) : tag & 7
  }
}

/** Gives a message and all that it contains their indexes. */
function indexOf(message: Message): number {
  const known = messages.indexOf(message)
  if (known >= 0) return known
  const index = messages.push(message) - 1
  for (const field of message.fields) if (typeof field.type !== 'string') indexOf(field.type)
  return index
}

function actionOf(field: Field, wireType: number): number {
  if (wireType !== wireTypeOf(field.type)) return action.wrongWireType
  if (typeof field.type !== 'string') return action.message + indexOf(field.type)
  if (field.type === 'string') return action.string
  if (field.type === 'traceId') return field.required ? action.requiredTraceId : action.traceId
  if (field.type === 'spanId') return field.required ? action.requiredSpanId : action.spanId
  return wireType
}

let spans = 0

/**
 * Walks the fields of one message from `start` to `end`, at most `most` of them.
 *
 * @returns where it stopped.
 */
function walkMessage(
  view: DataView,
  message: number,
  start: number,
  end: number,
  depth: number,
  most = 0xffffffff,
): number {
  let position = start
  let seen = 0
  for (let count = 0; count < most && position < end; count++) {
    const at = position
    let tag = view.getUint8(position++)
    if (tag >= 0x80) {
      tag = readVarint(view, at, end)
      position = varintEnd
      if (position < 0) fault('a field tag that is cut short or too long', message, at)
      if (tag > 0xffffffff) fault('a field tag of more than 32 bits', message, at)
    }
    const todo = tag < 256 ? (actions[message * 256 + tag] as number) : tag % 8

    // Values of fixed size, and varints
    if (todo === action.varint) {
      if (position < end && view.getUint8(position) < 0x80) position++
      else {
        readVarint(view, position, end)
        if (varintEnd < 0) faultAt(message, tag, 'a varint that is cut short or too long', position)
        position = varintEnd
      }
      continue
    }
    if (todo === action.fixed64 || todo === action.fixed32) {
      const size = todo === action.fixed64 ? 8 : 4
      if (size > end - position)
        faultAt(message, tag, `${size} bytes announced, ${end - position} left`, position)
      position += size
      continue
    }
    if (todo < 8 ? todo !== action.length : todo < action.message && todo > action.requiredSpanId)
      faultTag(message, tag, todo, at)

    // A length and as many bytes
    if (position >= end) faultAt(message, tag, 'no length', position)
    let length = view.getUint8(position)
    if (length < 0x80) position++
    else {
      length = readVarint(view, position, end)
      if (varintEnd < 0) faultAt(message, tag, 'a length that is cut short or too long', position)
      position = varintEnd
    }
    if (length > end - position)
      faultAt(message, tag, `${length} bytes announced, ${end - position} left`, position)
    const next = position + length
    if (todo >= action.message) {
      const nested = todo - action.message
      if (nested === anyValueIndex) {
        if (depth >= maxValueDepth) faultAt(message, tag, `values nested more than ${maxValueDepth} deep`, at)
        walkMessage(view, nested, position, next, depth + 1)
      } else walkMessage(view, nested, position, next, depth)
    } else if (todo === action.string) {
      if (!isUtf8(view, position, next)) faultAt(message, tag, 'not UTF-8', position)
    } else if (todo !== action.length) {
      seen |= checkId(view, message, tag, todo, position, length)
    }
    position = next
  }
  if (message === spanIndex) {
    if (seen !== 3) fault(seen & 1 ? 'a span without a span id' : 'a span without a trace id', message, start)
    spans++
  }
  return position
}

/** Checks an id and returns the bit that says which required id it was, or 0. */
function checkId(
  view: DataView,
  message: number,
  tag: number,
  todo: number,
  position: number,
  length: number,
): number {
  const size = todo === action.traceId || todo === action.requiredTraceId ? 16 : 8
  const required = todo >= action.requiredTraceId
  if (length !== size && (required || length !== 0))
    faultAt(message, tag, `an id of ${length} bytes, not ${size}`, position)
  if (!required) return 0
  let some = view.getInt32(position) | view.getInt32(position + 4)
  if (size === 16) some |= view.getInt32(position + 8) | view.getInt32(position + 12)
  if (some === 0) faultAt(message, tag, 'an id of zeros', position)
  return size === 16 ? 1 : 2
}

function faultTag(message: number, tag: number, todo: number, position: number): never {
  if (todo === action.wrongWireType)
    faultAt(message, tag, `wire type ${tag & 7} is not the field's`, position)
  if (todo === action.fieldZero) fault('field number 0', message, position)
  const number = Math.floor(tag / 8)
  if (todo === 3 || todo === 4) fault(`a group (field ${number})`, message, position)
  fault(`wire type ${todo} (field ${number})`, message, position)
}

/** Fails for the field of `message` that `tag` stands for. */
function faultAt(message: number, tag: number, what: string, position: number): never {
  const number = Math.floor(tag / 8)
  const field = messages[message]?.fields.find(one => one.number === number)
  const where = `${messages[message]?.name}.${field?.name ?? number}`
  throw new WaybillError('BAD_PROTOBUF', `${where} at byte ${position}: ${what}`, { position })
}

function fault(what: string, message: number, position: number): never {
  const text = `${messages[message]?.name} at byte ${position}: ${what}`
  throw new WaybillError('BAD_PROTOBUF', text, { position })
}
