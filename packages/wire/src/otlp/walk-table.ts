import type { Field, Message } from '../protobuf/schema.ts'
import { wireTypeOf } from '../protobuf/schema.ts'
import { anyValue, exportRequest, keyValue, span } from './schema.ts'

/**
 * What to do with a field. The numbers below 8 are the wire types themselves and mean "step over the
 * value"; 3, 4, 6 and 7 are wire types that are refused.
 */
export const action = {
  varint: 0,
  fixed64: 1,
  length: 2,
  fixed32: 5,
  /** Varints that may not be above 1, 2^31 - 1 (enums) and 2^32 - 1. */
  bool: 8,
  enum: 9,
  uint32: 10,
  /** Refused: a known field with a wire type that is not its own. */
  wrongWireType: 11,
  /** Refused: field number 0. */
  fieldZero: 12,
  /** Refused: a second value where only one may stand. */
  secondValue: 13,
  /** And above: a length and as many bytes, not to be stepped over unseen. */
  string: 16,
  traceId: 17,
  spanId: 18,
  requiredTraceId: 19,
  requiredSpanId: 20,
  /** And above: walk the message whose index is the action less this. */
  message: 32,
} as const

/**
 * All messages of a request; the place in the list is a message's index. Messages that may hold only one
 * value stand twice: the second time for the same message once it holds its value.
 */
export const messages: readonly Message[] = [...collect(exportRequest, []), anyValue, keyValue]
export const rootIndex: number = messages.indexOf(exportRequest)
export const spanIndex: number = messages.indexOf(span)
export const keyValueIndex: number = messages.indexOf(keyValue)
export const anyValueIndex: number = messages.indexOf(anyValue)
/** AnyValue once its value has been seen. */
export const anyValueSetIndex: number = messages.lastIndexOf(anyValue)

/**
 * The schema as bytes, so that one loop can walk every message: `actions[m * 256 + tag]` says what to do
 * with a field of message m, and `states[m * 256 + tag]` what m is after that field. Tags of 256 and more
 * belong to no field we know.
 *
 * ClickHouse's reader refuses an AnyValue of two values, even where they are merged from two `value` fields
 * of one KeyValue; protobuf itself would let the last one win.
 */
export const actions: Uint8Array = new Uint8Array(messages.length * 256)
export const states: Uint8Array = new Uint8Array(messages.length * 256)
for (const [index, message] of messages.entries()) {
  for (let tag = 0; tag < 256; tag++) {
    const field = message.fields.find(one => one.number === Math.floor(tag / 8))
    const fills = field !== undefined && (message === anyValue || field.type === anyValue)
    const holdsOne = message === anyValue || message === keyValue
    const full = holdsOne && index !== messages.indexOf(message)
    actions[index * 256 + tag] = full && fills ? action.secondValue : actionOf(field, tag)
    states[index * 256 + tag] = holdsOne && fills ? messages.lastIndexOf(message) : index
  }
}

function collect(message: Message, found: Message[]): Message[] {
  if (found.includes(message)) return found
  found.push(message)
  for (const field of message.fields) if (typeof field.type !== 'string') collect(field.type, found)
  return found
}

function actionOf(field: Field | undefined, tag: number): number {
  if (tag < 8) return action.fieldZero
  const wireType = tag % 8
  if (field === undefined) return wireType
  if (wireType !== wireTypeOf(field.type)) return action.wrongWireType
  const { type, required } = field
  if (typeof type !== 'string') return action.message + messages.indexOf(type)
  switch (type) {
    case 'traceId':
      return required ? action.requiredTraceId : action.traceId
    case 'spanId':
      return required ? action.requiredSpanId : action.spanId
    case 'string':
    case 'bool':
    case 'enum':
    case 'uint32':
      return action[type]
    default:
      return wireType
  }
}
