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
  /** Refused: a known field with a wire type that is not its own. */
  wrongWireType: 6,
  /** Refused: field number 0. */
  fieldZero: 7,
  string: 8,
  traceId: 9,
  spanId: 10,
  requiredTraceId: 11,
  requiredSpanId: 12,
  /** And above: walk the message whose index is the action less this. */
  message: 16,
} as const

/** All messages of a request; the place in the list is a message's index. */
export const messages: readonly Message[] = collect(exportRequest, [])
export const rootIndex: number = messages.indexOf(exportRequest)
export const spanIndex: number = messages.indexOf(span)
export const keyValueIndex: number = messages.indexOf(keyValue)
export const anyValueIndex: number = messages.indexOf(anyValue)

/**
 * The schema as bytes, so that one loop can walk every message: `actions[m * 256 + tag]` says what to do
 * with a field of message m. Tags of 256 and more belong to no field we know.
 */
export const actions: Uint8Array = new Uint8Array(messages.length * 256)
for (const [index, message] of messages.entries()) {
  for (let tag = 0; tag < 256; tag++) actions[index * 256 + tag] = actionOf(message, tag)
}

function collect(message: Message, found: Message[]): Message[] {
  if (found.includes(message)) return found
  found.push(message)
  for (const field of message.fields) if (typeof field.type !== 'string') collect(field.type, found)
  return found
}

function actionOf(message: Message, tag: number): number {
  if (tag < 8) return action.fieldZero
  const wireType = tag % 8
  const field = message.fields.find(one => one.number === Math.floor(tag / 8))
  if (field === undefined) return wireType
  return wireType === wireTypeOf(field.type) ? actionOfField(field) : action.wrongWireType
}

function actionOfField({ type, required }: Field): number {
  if (typeof type !== 'string') return action.message + messages.indexOf(type)
  if (type === 'string') return action.string
  if (type === 'traceId') return required ? action.requiredTraceId : action.traceId
  if (type === 'spanId') return required ? action.requiredSpanId : action.spanId
  return wireTypeOf(type)
}
