import { WaybillError } from '@waybill/model'
import type { Field, FieldType, Message } from '../protobuf/schema.ts'
import { wireTypeOf } from '../protobuf/schema.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import { parseDouble, parseExactJson, parseInt64 } from './json-numbers.ts'
import { anyValue, exportRequest, maxValueDepth, span } from './schema.ts'

/**
 * Turns an OTLP/JSON ExportTraceServiceRequest into its protobuf bytes (OTLP 1.x, "JSON Protobuf Encoding",
 * on top of proto3's JSON mapping): ids are hex of either case, 64-bit integers are numbers or texts, enums
 * are numbers or names, bytes are base64, names of fields are lowerCamelCase or as in the .proto file. A
 * null is an absent field, and unknown fields are left out. The bytes always pass {@link walkTraces}.
 *
 * Halves of surrogate pairs, which UTF-8 cannot hold, become U+FFFD.
 *
 * @throws WaybillError BAD_JSON that names the place as a path, such as `resourceSpans[0].resource`.
 * @example encodeTracesJson({ resourceSpans: [] }).length // 0
 */
export function encodeTracesJson(json: unknown): Uint8Array {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    // A request of unknown fields alone is well-formed, but it is logs, metrics or something else entirely.
    const names = Object.keys(json)
    if (names.length > 0 && !names.some(name => fieldNames(exportRequest).has(name)))
      throw new WaybillError(
        'BAD_JSON',
        `no resourceSpans, but ${kindOf(names[0])}: these are no OTLP traces`,
      )
  }
  return encodeMessage(exportRequest, json)
}

/**
 * Reads a body of OTLP/JSON, without rounding integers beyond 53 bits (they come as texts).
 *
 * @throws WaybillError BAD_JSON where the bytes are not UTF-8 or not JSON.
 * @example encodeTracesJson(parseTracesJson(body))
 */
export function parseTracesJson(body: Uint8Array): unknown {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    const what = cause instanceof SyntaxError ? cause.message : 'the body is not UTF-8'
    throw new WaybillError('BAD_JSON', what, { cause })
  }
}

/** The same for any message of the schema. */
export function encodeMessage(message: Message, json: unknown): Uint8Array {
  const encoding: Encoding = { writer: new ProtobufWriter(), path: [] }
  writeMessage(encoding, message, json, message === anyValue ? 1 : 0)
  return encoding.writer.finish()
}

interface Encoding {
  readonly writer: ProtobufWriter
  /** Names and places of what is being written, from the outermost in. */
  readonly path: (string | number)[]
}

interface NamedField {
  readonly field: Field
  readonly tag: number
  /** A bit of its own among the fields of the message. */
  readonly bit: number
}

const namesOf = new Map<Message, ReadonlyMap<string, NamedField>>()

/** The fields of a message by each of their names. */
function fieldNames(message: Message): ReadonlyMap<string, NamedField> {
  const known = namesOf.get(message)
  if (known) return known
  const names = new Map<string, NamedField>()
  for (const [index, field] of message.fields.entries()) {
    const named = { field, tag: field.number * 8 + wireTypeOf(field.type), bit: 1 << index }
    names.set(field.name, named)
    names.set(
      field.name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      named,
    )
  }
  namesOf.set(message, names)
  return names
}

function writeMessage(encoding: Encoding, message: Message, json: unknown, depth: number): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    fault(encoding, `an object (${message.name}) expected, not ${kindOf(json)}`)
  const names = fieldNames(message)
  let seen = 0
  // Half of the time that Object.entries takes; parsed JSON inherits nothing that could be seen here.
  for (const name in json) {
    const named = names.get(name)
    const value = (json as Readonly<Record<string, unknown>>)[name]
    if (named === undefined || value === null) continue
    encoding.path.push(name)
    if (seen & named.bit) fault(encoding, 'the field stands here under two names')
    if (message.oneof && seen !== 0) fault(encoding, 'a second value where only one may be set')
    seen |= named.bit
    writeField(encoding, named, value, depth)
    encoding.path.pop()
  }
  if (message === span) requireIds(encoding, seen)
}

/** A span's first two fields are its trace id and its own id. */
function requireIds(encoding: Encoding, seen: number): void {
  if ((seen & 1) === 0) fault(encoding, 'a span without traceId')
  if ((seen & 2) === 0) fault(encoding, 'a span without spanId')
}

function writeField(encoding: Encoding, named: NamedField, value: unknown, depth: number): void {
  if (!named.field.repeated) {
    writeValue(encoding, named, value, depth)
    return
  }
  if (!Array.isArray(value)) fault(encoding, `an array expected, not ${kindOf(value)}`)
  for (let i = 0; i < value.length; i++) {
    encoding.path.push(i)
    writeValue(encoding, named, value[i], depth)
    encoding.path.pop()
  }
}

function writeValue(encoding: Encoding, named: NamedField, value: unknown, depth: number): void {
  const { type } = named.field
  if (typeof type === 'string') {
    writeScalar(encoding, named, type, value)
    return
  }
  const nestedDepth = type === anyValue ? depth + 1 : depth
  if (nestedDepth > maxValueDepth) fault(encoding, `values nested more than ${maxValueDepth} deep`)
  const start = encoding.writer.begin(named.tag)
  writeMessage(encoding, type, value, nestedDepth)
  encoding.writer.end(start)
}

function writeScalar(
  encoding: Encoding,
  { tag, field }: NamedField,
  type: Exclude<FieldType, Message>,
  value: unknown,
): void {
  const { writer } = encoding
  switch (type) {
    case 'string':
      if (typeof value !== 'string') fault(encoding, `a string expected, not ${kindOf(value)}`)
      writer.string(tag, value)
      return
    case 'bool':
      if (typeof value !== 'boolean') fault(encoding, `true or false expected, not ${kindOf(value)}`)
      writer.varint(tag, value ? 1 : 0)
      return
    case 'double':
      writer.double(tag, parseDouble(value) ?? fault(encoding, `a number expected, not ${kindOf(value)}`))
      return
    case 'int64':
      writer.varint64(tag, integer(encoding, value, -(2n ** 63n), 2n ** 63n - 1n))
      return
    case 'fixed64':
      writer.fixed64(tag, integer(encoding, value, 0n, 2n ** 64n - 1n))
      return
    case 'uint32':
      writer.varint(tag, Number(integer(encoding, value, 0n, 2n ** 32n - 1n)))
      return
    case 'fixed32':
      writer.fixed32(tag, Number(integer(encoding, value, 0n, 2n ** 32n - 1n)))
      return
    case 'enum':
      writer.varint64(tag, enumNumber(encoding, field, value))
      return
    case 'bytes':
      writer.raw(tag, base64(encoding, value))
      return
    case 'traceId':
    case 'spanId':
      writeId(encoding, tag, field, value)
  }
}

function integer(encoding: Encoding, value: unknown, least: bigint, most: bigint): bigint {
  const number = parseInt64(value)
  if (number === undefined) fault(encoding, `an integer expected, not ${kindOf(value)}`)
  if (number < least || number > most) fault(encoding, `${number} is not between ${least} and ${most}`)
  return number
}

function enumNumber(encoding: Encoding, field: Field, value: unknown): bigint {
  if (typeof value !== 'string') return integer(encoding, value, 0n, 2n ** 31n - 1n)
  const number = field.values?.indexOf(value) ?? -1
  if (number < 0) fault(encoding, `${kindOf(value)} is none of ${field.values?.join(', ')}`)
  return BigInt(number)
}

/** Base64 of either alphabet, padded or not, as proto3's JSON mapping asks parsers to take it. */
function base64(encoding: Encoding, value: unknown): Buffer {
  if (
    typeof value !== 'string' ||
    !/^[\w+/-]*={0,2}$/.test(value) ||
    value.replace(/=+$/, '').length % 4 === 1
  )
    fault(encoding, `base64 expected, not ${kindOf(value)}`)
  return Buffer.from(value, 'base64')
}

function writeId(encoding: Encoding, tag: number, field: Field, value: unknown): void {
  const digits = field.type === 'traceId' ? 32 : 16
  if (typeof value !== 'string') fault(encoding, `${digits} hex digits expected, not ${kindOf(value)}`)
  if (value === '' && !field.required) return
  if (value.length !== digits || !/^[\da-f]+$/i.test(value))
    fault(encoding, `${digits} hex digits expected, not ${kindOf(value)}`)
  if (field.required && /^0+$/.test(value)) fault(encoding, 'an id of zeros')
  encoding.writer.hex(tag, value)
}

/** What a value is, in words: a piece of it where it is a text or a number. */
function kindOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return value === undefined ? 'nothing' : String(value)
}

function fault(encoding: Encoding, what: string): never {
  let path = ''
  for (const step of encoding.path) path += typeof step === 'number' ? `[${step}]` : path ? `.${step}` : step
  throw new WaybillError('BAD_JSON', path ? `${path}: ${what}` : what)
}
