import type { AnyValue, KeyValue } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import { readVarint, readVarint64, valueEnd, varintEnd, viewOf } from '../protobuf/reader.ts'
import type { Field, Message } from '../protobuf/schema.ts'
import { wireTypeOf } from '../protobuf/schema.ts'
import { anyValue, arrayValue, exportRequest, keyValueList, maxValueDepth } from './schema.ts'
import type { TracesData } from './traces.ts'

/**
 * Reads an ExportTraceServiceRequest into objects of OTLP/JSON's shape. Of a field that stands several
 * times where it may stand once, the last one counts, and messages of such a field are merged, as protobuf
 * has it. For tests and tools: the server's way in makes no objects.
 *
 * @throws WaybillError BAD_PROTOBUF where the bytes are damaged; it judges ids and UTF-8 less than
 * {@link walkTraces} does.
 */
export function decodeTraces(bytes: Uint8Array): TracesData {
  return decodeMessage(exportRequest, bytes) as unknown as TracesData
}

/** Reads the bytes of one AnyValue. @throws WaybillError BAD_PROTOBUF */
export function decodeAnyValue(bytes: Uint8Array): AnyValue {
  return decodeMessage(anyValue, bytes) as AnyValue
}

/** Reads the bytes of an ArrayValue, which is how a list lies in the store. @throws WaybillError BAD_PROTOBUF */
export function decodeArrayValue(bytes: Uint8Array): readonly AnyValue[] {
  return decodeMessage(arrayValue, bytes)['values'] as readonly AnyValue[]
}

/** Reads the bytes of a KeyValueList, which is how a map lies in the store. @throws WaybillError BAD_PROTOBUF */
export function decodeKeyValueList(bytes: Uint8Array): readonly KeyValue[] {
  return decodeMessage(keyValueList, bytes)['values'] as readonly KeyValue[]
}

type Target = Record<string, unknown>

interface Source {
  readonly bytes: Buffer
  readonly view: DataView
}

function decodeMessage(message: Message, bytes: Uint8Array): Target {
  const source = {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    view: viewOf(bytes),
  }
  const target = emptyMessage(message)
  readMessage(source, message, target, 0, bytes.length, message === anyValue ? 1 : 0)
  return target
}

/** A message with every field at its default. Of a oneof nothing is set. */
function emptyMessage(message: Message): Target {
  const target: Target = {}
  if (!message.oneof) for (const field of message.fields) target[field.name] = defaultOf(field)
  return target
}

function defaultOf(field: Field): unknown {
  if (field.repeated) return []
  if (typeof field.type !== 'string') return emptyMessage(field.type)
  switch (field.type) {
    case 'bool':
      return false
    case 'uint32':
    case 'fixed32':
    case 'enum':
    case 'double':
      return 0
    case 'int64':
    case 'fixed64':
      return '0'
    default:
      return ''
  }
}

function readMessage(
  source: Source,
  message: Message,
  target: Target,
  start: number,
  end: number,
  depth: number,
): void {
  let position = start
  while (position < end) {
    const at = position
    const tag = readVarint(source.view, position, end)
    const field = message.fields.find(one => one.number === Math.floor(tag / 8))
    if (varintEnd < 0 || tag < 8) fault(message, field, 'no field tag', at)
    if (field && tag % 8 !== wireTypeOf(field.type)) fault(message, field, 'wrong wire type', at)
    const from = varintEnd
    position = valueEnd(source.view, tag % 8, from, end)
    if (position < 0) fault(message, field, 'cut short', at)
    if (field) readField(source, message, field, target, from, position, depth)
  }
}

/** Reads a field's value, which lies from `start` (its length included) to `end`. */
function readField(
  source: Source,
  message: Message,
  field: Field,
  target: Target,
  start: number,
  end: number,
  depth: number,
): void {
  if (message.oneof) for (const other of message.fields) if (other !== field) delete target[other.name]
  const { type } = field
  if (typeof type === 'string') {
    const value = readScalar(source, type, start, end)
    if (field.repeated) (target[field.name] as unknown[]).push(value)
    else target[field.name] = value
    return
  }
  const nestedDepth = type === anyValue ? depth + 1 : depth
  if (nestedDepth > maxValueDepth)
    fault(message, field, `values nested more than ${maxValueDepth} deep`, start)
  const before = field.repeated ? undefined : target[field.name]
  const nested = (before as Target | undefined) ?? emptyMessage(type)
  if (field.repeated) (target[field.name] as unknown[]).push(nested)
  else target[field.name] = nested
  readVarint(source.view, start, end)
  readMessage(source, type, nested, varintEnd, end, nestedDepth)
}

function readScalar(
  source: Source,
  type: Exclude<Field['type'], Message>,
  start: number,
  end: number,
): unknown {
  const { view, bytes } = source
  switch (type) {
    case 'bool':
      return readVarint64(view, start, end) !== 0n
    case 'int64':
      return String(BigInt.asIntN(64, readVarint64(view, start, end)))
    case 'uint32':
      return Number(BigInt.asUintN(32, readVarint64(view, start, end)))
    case 'enum':
      return Number(BigInt.asIntN(32, readVarint64(view, start, end)))
    case 'fixed32':
      return view.getUint32(start, true)
    case 'fixed64':
      return String(view.getBigUint64(start, true))
    case 'double':
      return jsonDouble(view.getFloat64(start, true))
  }
  readVarint(view, start, end)
  const from = varintEnd
  if (type === 'string') return bytes.toString('utf8', from, end)
  return bytes.toString(type === 'bytes' ? 'base64' : 'hex', from, end)
}

/** JSON has no NaN and no infinities; proto3's mapping writes them as texts. */
function jsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function fault(message: Message, field: Field | undefined, what: string, position: number): never {
  const where = field ? `${message.name}.${field.name}` : message.name
  throw new WaybillError('BAD_PROTOBUF', `${where} at byte ${position}: ${what}`, { position })
}
