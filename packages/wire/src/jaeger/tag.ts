import type { ProtobufWriter } from '../protobuf/writer.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, thriftTypes } from '../thrift/reader.ts'

/** The values of jaeger.thrift's TagType. */
export const tagTypes = { string: 0, double: 1, bool: 2, long: 3, binary: 4 } as const

/**
 * One tag as it was read: offsets into the thrift bytes and numbers, so that the same object serves for all
 * tags. Clients may send every one of the values; `type` says which of them is meant, and one that is meant
 * but absent has its default.
 */
export interface Tag {
  type: number
  keyStart: number
  keyEnd: number
  stringStart: number
  stringEnd: number
  binaryStart: number
  binaryEnd: number
  double: number
  bool: boolean
  high: number
  low: number
}

export function newTag(): Tag {
  return {
    type: 0,
    keyStart: 0,
    keyEnd: 0,
    stringStart: 0,
    stringEnd: 0,
    binaryStart: 0,
    binaryEnd: 0,
    double: 0,
    bool: false,
    high: 0,
    low: 0,
  }
}

/** Forgets what was read before. */
export function clearTag(tag: Tag): void {
  tag.type = tag.keyStart = tag.keyEnd = 0
  tag.stringStart = tag.stringEnd = tag.binaryStart = tag.binaryEnd = 0
  tag.double = tag.high = tag.low = 0
  tag.bool = false
}

/**
 * Reads one Tag into `tag`:
 *
 *     struct Tag { 1: required string key, 2: required TagType vType, 3: string vStr, 4: double vDouble,
 *                  5: bool vBool, 6: i64 vLong, 7: binary vBinary }
 */
export function readTag(reader: ThriftReader, tag: Tag): void {
  const at = reader.position
  let seen = 0
  clearTag(tag)
  reader.enter()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1:
        reader.expect(thriftTypes.string, 'Tag.key')
        reader.string('Tag.key')
        tag.keyStart = reader.start
        tag.keyEnd = reader.end
        seen |= 1
        break
      case 2:
        reader.expect(thriftTypes.i32, 'Tag.vType')
        tag.type = reader.i32()
        seen |= 2
        break
      case 3:
        reader.expect(thriftTypes.string, 'Tag.vStr')
        reader.string('Tag.vStr')
        tag.stringStart = reader.start
        tag.stringEnd = reader.end
        break
      case 4:
        reader.expect(thriftTypes.double, 'Tag.vDouble')
        tag.double = reader.double()
        break
      case 5:
        reader.expect(thriftTypes.bool, 'Tag.vBool')
        tag.bool = reader.bool()
        break
      case 6:
        reader.expect(thriftTypes.i64, 'Tag.vLong')
        reader.i64()
        tag.high = reader.high
        tag.low = reader.low
        break
      case 7:
        reader.expect(thriftTypes.string, 'Tag.vBinary')
        reader.binary()
        tag.binaryStart = reader.start
        tag.binaryEnd = reader.end
        break
      default:
        reader.skip()
    }
  }
  if (seen !== 3) throw badThrift(seen & 1 ? 'Tag.vType is missing' : 'Tag.key is missing', at)
  if (tag.type < 0 || tag.type > tagTypes.binary) throw badThrift(`${tag.type} is no type of a tag`, at)
}

/** Writes a tag as the KeyValue field with the protobuf tag `fieldTag`, under another key where one is given. */
export function writeTag(
  writer: ProtobufWriter,
  fieldTag: number,
  tag: Tag,
  bytes: Uint8Array,
  key?: string,
): void {
  const keyValue = writer.begin(fieldTag)
  if (key === undefined) writer.raw(1 * 8 + 2, bytes, tag.keyStart, tag.keyEnd)
  else writer.string(1 * 8 + 2, key)
  const anyValue = writer.begin(2 * 8 + 2)
  switch (tag.type) {
    case tagTypes.string:
      writer.raw(1 * 8 + 2, bytes, tag.stringStart, tag.stringEnd)
      break
    case tagTypes.bool:
      writer.varint(2 * 8, tag.bool ? 1 : 0)
      break
    case tagTypes.long:
      writer.varint64Halves(3 * 8, tag.high, tag.low)
      break
    case tagTypes.double:
      writer.double(4 * 8 + 1, tag.double)
      break
    default:
      writer.raw(7 * 8 + 2, bytes, tag.binaryStart, tag.binaryEnd)
  }
  writer.end(anyValue)
  writer.end(keyValue)
}

/** Writes a text as a KeyValue field. */
export function writeText(writer: ProtobufWriter, fieldTag: number, key: string, value: string): void {
  const keyValue = writer.begin(fieldTag)
  writer.string(1 * 8 + 2, key)
  const anyValue = writer.begin(2 * 8 + 2)
  writer.string(1 * 8 + 2, value)
  writer.end(anyValue)
  writer.end(keyValue)
}

/** Writes a truth value as a KeyValue field. */
export function writeBool(writer: ProtobufWriter, fieldTag: number, key: string, value: boolean): void {
  const keyValue = writer.begin(fieldTag)
  writer.string(1 * 8 + 2, key)
  const anyValue = writer.begin(2 * 8 + 2)
  writer.varint(2 * 8, value ? 1 : 0)
  writer.end(anyValue)
  writer.end(keyValue)
}

/** The text of a tag that is a string, else undefined. */
export function tagText(tag: Tag | undefined, bytes: Uint8Array): string | undefined {
  if (tag === undefined || tag.type !== tagTypes.string) return undefined
  return Buffer.from(
    bytes.buffer,
    bytes.byteOffset + tag.stringStart,
    tag.stringEnd - tag.stringStart,
  ).toString()
}
