import type { AttributeValue } from '@opentelemetry/api'
import { ProtobufWriter } from '@waybill/wire/protobuf'
import type { AttributeList } from '../attribute-list.ts'
import type { SharedAttributes } from '../shared-attributes.ts'

/*
 * KeyValue { 1 key, 2 value: AnyValue }
 * AnyValue { 1 string, 2 bool, 3 int64, 4 double, 5 ArrayValue { 1 values: AnyValue } }
 * (opentelemetry/proto/common/v1/common.proto). A tag is the field's number times 8 plus the wire type.
 */
const key = 1 * 8 + 2
const value = 2 * 8 + 2
const anyString = 1 * 8 + 2
const anyBool = 2 * 8
const anyInt = 3 * 8
const anyDouble = 4 * 8 + 1
const anyArray = 5 * 8 + 2
const arrayValues = 1 * 8 + 2

/** Writes attributes as repeated fields with the tag `field`. */
export function writeAttributes(writer: ProtobufWriter, field: number, list: AttributeList): void {
  if (list.shared !== undefined) writer.append(bytesOf(list.shared, field))
  const { own } = list
  for (let at = 0; at < own.length; at += 2) writeAttribute(writer, field, own[at] as string, own[at + 1])
}

/** Attributes that many spans share are encoded once. */
function bytesOf(shared: SharedAttributes, tag: number): Uint8Array {
  if (shared.encoded?.tag === tag) return shared.encoded.bytes
  const writer = new ProtobufWriter(512)
  shared.keys.forEach((name, at) => {
    writeAttribute(writer, tag, name, shared.values[at])
  })
  const bytes = writer.finish()
  shared.encoded = { tag, bytes }
  return bytes
}

function writeAttribute(
  writer: ProtobufWriter,
  field: number,
  name: string,
  given: AttributeValue | undefined,
): void {
  const attribute = writer.begin(field)
  writer.string(key, name)
  const any = writer.begin(value)
  writeValue(writer, given)
  writer.end(any)
  writer.end(attribute)
}

/** A whole number is an int64, any other a double; what is absent within a list is an empty value. */
function writeValue(writer: ProtobufWriter, given: AttributeValue | null | undefined): void {
  if (typeof given === 'string') writer.string(anyString, given)
  else if (typeof given === 'boolean') writer.varint(anyBool, given ? 1 : 0)
  else if (typeof given === 'number') writeNumber(writer, given)
  else if (Array.isArray(given)) writeArray(writer, given)
}

function writeArray(writer: ProtobufWriter, given: readonly (AttributeValue | null | undefined)[]): void {
  const array = writer.begin(anyArray)
  for (const item of given) {
    const any = writer.begin(arrayValues)
    writeValue(writer, item)
    writer.end(any)
  }
  writer.end(array)
}

function writeNumber(writer: ProtobufWriter, number: number): void {
  if (!Number.isSafeInteger(number) || Object.is(number, -0)) writer.double(anyDouble, number)
  else if (number >= 0) writer.varint(anyInt, number)
  else writer.varint64(anyInt, BigInt(number))
}
