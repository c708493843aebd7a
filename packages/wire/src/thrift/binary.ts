import { viewOf } from '../protobuf/reader.ts'
import { isUtf8 } from '../protobuf/utf8.ts'
import type { ThriftReader } from './reader.ts'
import { badThrift, maxThriftDepth, thriftTypes } from './reader.ts'

/** First half of a strict message. */
export const strictVersion = 0x8001

/** The fewest bytes that a value of each type takes: no list can be longer than the bytes left allow. */
const leastSizes: readonly (number | undefined)[] = Object.assign([], {
  [thriftTypes.bool]: 1,
  [thriftTypes.i8]: 1,
  [thriftTypes.double]: 8,
  [thriftTypes.i16]: 2,
  [thriftTypes.i32]: 4,
  [thriftTypes.i64]: 8,
  [thriftTypes.string]: 4,
  [thriftTypes.struct]: 1,
  [thriftTypes.map]: 6,
  [thriftTypes.set]: 5,
  [thriftTypes.list]: 5,
})

/**
 * Reads thrift's binary protocol (apache/thrift, doc/specs/thrift-binary-protocol.md). All numbers are big
 * endian:
 *
 *     struct = (type: 1 byte, field id: 2 bytes, value)* 00
 *     string = length: 4 bytes, bytes
 *     list   = element type: 1 byte, size: 4 bytes, elements
 *     map    = key type: 1 byte, value type: 1 byte, size: 4 bytes, (key, value)*
 *
 *     message = 80 01 00, type: 1 byte, name: string, sequence: 4 bytes, struct     strict
 *             | name: string, type: 1 byte, sequence: 4 bytes, struct               older
 */
export class BinaryReader implements ThriftReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  position = 0
  fieldType = 0
  fieldId = 0
  high = 0
  low = 0
  start = 0
  end = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = viewOf(bytes)
  }

  message(): number {
    const at = this.position
    const word = this.i32()
    // Writers that are not strict leave out the version and begin with the name's length.
    if (word >= 0) {
      this.position = at
      this.string('the name of the message')
      this.need(1)
      const type = this.view.getUint8(this.position++)
      this.i32()
      return type
    }
    if (word >>> 16 !== strictVersion)
      throw badThrift(`no version of the binary protocol: ${(word >>> 16).toString(16)}`, at)
    this.string('the name of the message')
    this.i32()
    return word & 0xff
  }

  enter(): void {}

  nextField(): boolean {
    this.need(1)
    this.fieldType = this.view.getUint8(this.position++)
    if (this.fieldType === thriftTypes.stop) return false
    this.need(2)
    this.fieldId = this.view.getInt16(this.position)
    this.position += 2
    return true
  }

  expect(type: number, name: string): void {
    if (this.fieldType !== type)
      throw badThrift(`${name} has type ${this.fieldType}, not ${type}`, this.position)
  }

  bool(): boolean {
    this.need(1)
    return this.view.getUint8(this.position++) !== 0
  }

  i16(): number {
    this.need(2)
    const value = this.view.getInt16(this.position)
    this.position += 2
    return value
  }

  i32(): number {
    this.need(4)
    const value = this.view.getInt32(this.position)
    this.position += 4
    return value
  }

  i64(): void {
    this.need(8)
    this.high = this.view.getInt32(this.position)
    this.low = this.view.getInt32(this.position + 4)
    this.position += 8
  }

  double(): number {
    this.need(8)
    const value = this.view.getFloat64(this.position)
    this.position += 8
    return value
  }

  binary(): void {
    const at = this.position
    const length = this.i32()
    if (length < 0) throw badThrift(`a length of ${length}`, at)
    this.need(length)
    this.start = this.position
    this.end = this.position += length
  }

  string(name: string): void {
    this.binary()
    if (!isUtf8(this.view, this.start, this.end)) throw badThrift(`${name} is not UTF-8`, this.start)
  }

  list(type: number, name: string): number {
    const at = this.position
    this.need(1)
    const elementType = this.view.getUint8(this.position++)
    const size = this.i32()
    // Some writers give an empty list no element type.
    if (size !== 0 && elementType !== type)
      throw badThrift(`${name} has elements of type ${elementType}, not ${type}`, at)
    this.needElements(size, leastSizes[type] ?? 1, at)
    return size
  }

  skip(): void {
    this.skipValue(this.fieldType, 1)
  }

  finish(): void {
    const rest = this.bytes.length - this.position
    if (rest > 0) throw badThrift(`${rest} bytes after the end`, this.position)
  }

  private skipValue(type: number, depth: number): void {
    if (depth > maxThriftDepth) throw badThrift(`nested more than ${maxThriftDepth} deep`, this.position)
    switch (type) {
      case thriftTypes.string:
        this.binary()
        return
      case thriftTypes.struct:
        while (this.nextField()) this.skipValue(this.fieldType, depth + 1)
        return
      case thriftTypes.list:
      case thriftTypes.set:
        this.skipElements(1, depth)
        return
      case thriftTypes.map:
        this.skipElements(2, depth)
        return
    }
    const size = leastSizes[type]
    if (size === undefined) throw badThrift(`a value of type ${type}, which does not exist`, this.position)
    this.need(size)
    this.position += size
  }

  /** Steps over a list (one type) or a map (two types). */
  private skipElements(types: 1 | 2, depth: number): void {
    const at = this.position
    this.need(types)
    const first = this.view.getUint8(this.position)
    const last = this.view.getUint8(this.position + types - 1)
    this.position += types
    const size = this.i32()
    this.needElements(size, types, at)
    for (let i = 0; i < size; i++) {
      this.skipValue(first, depth + 1)
      if (types === 2) this.skipValue(last, depth + 1)
    }
  }

  private needElements(size: number, leastBytes: number, at: number): void {
    const left = this.bytes.length - this.position
    if (size < 0 || size * leastBytes > left)
      throw badThrift(`${size} elements announced, ${left} bytes left`, at)
  }

  private need(count: number): void {
    const left = this.bytes.length - this.position
    if (count > left) throw badThrift(`${count} bytes wanted, ${left} left`, this.position)
  }
}
