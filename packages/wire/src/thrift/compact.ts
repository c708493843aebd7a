import { viewOf } from '../protobuf/reader.ts'
import { isUtf8 } from '../protobuf/utf8.ts'
import type { ThriftReader } from './reader.ts'
import { badThrift, maxThriftDepth, thriftTypes } from './reader.ts'

/** First byte of a message, and the version in the lower five bits of the second. */
export const compactProtocolId = 0x82
const compactVersion = 1

/** The type in the binary protocol's numbers, by its number in this one. 1 is true, 2 is false. */
export const compactTypes: readonly number[] = [
  thriftTypes.stop,
  thriftTypes.bool,
  thriftTypes.bool,
  thriftTypes.i8,
  thriftTypes.i16,
  thriftTypes.i32,
  thriftTypes.i64,
  thriftTypes.double,
  thriftTypes.string,
  thriftTypes.list,
  thriftTypes.set,
  thriftTypes.map,
  thriftTypes.struct,
]

const compactTrue = 1

/**
 * Reads thrift's compact protocol (apache/thrift, doc/specs/thrift-compact-protocol.md). Numbers are
 * varints, signed ones in zigzag form, and a double is eight bytes, little endian:
 *
 *     struct = (id delta: 4 bits, type: 4 bits, value)* 00; for a delta of 0 the id follows as an i16
 *     bool   = nothing in a struct, where the type says it; 1 byte in a list
 *     string = length: varint, bytes
 *     list   = size: 4 bits, element type: 4 bits, elements; for a size of 15 it follows as a varint
 *     map    = size: varint, key type: 4 bits, value type: 4 bits, (key, value)*; 00 where it is empty
 *
 *     message = 82, type: 3 bits, version: 5 bits, sequence: varint, name: string, struct
 */
export class CompactReader implements ThriftReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  position = 0
  fieldType = 0
  fieldId = 0
  high = 0
  low = 0
  start = 0
  end = 0
  /** Ids of the last fields of the structs around this one. */
  private readonly outerIds: number[] = []
  /** A bool whose value stood in the head of its field. */
  private headBool: boolean | undefined

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = viewOf(bytes)
  }

  message(): number {
    const at = this.position
    this.need(2)
    const protocol = this.view.getUint8(at)
    const second = this.view.getUint8(at + 1)
    this.position += 2
    if (protocol !== compactProtocolId || (second & 0x1f) !== compactVersion)
      throw badThrift('no message of version 1 of the compact protocol', at)
    this.varint32()
    this.string('the name of the message')
    return second >>> 5
  }

  enter(): void {
    this.outerIds.push(this.fieldId)
    this.fieldId = 0
  }

  nextField(): boolean {
    const at = this.position
    this.need(1)
    const head = this.view.getUint8(this.position++)
    if (head === 0) {
      this.fieldId = this.outerIds.pop() ?? 0
      return false
    }
    const type = head & 0x0f
    this.fieldId = head > 0x0f ? this.fieldId + (head >>> 4) : this.i32()
    this.fieldType = this.knownType(type, at)
    this.headBool = this.fieldType === thriftTypes.bool ? type === compactTrue : undefined
    return true
  }

  expect(type: number, name: string): void {
    if (this.fieldType !== type)
      throw badThrift(`${name} has type ${this.fieldType}, not ${type}`, this.position)
  }

  bool(): boolean {
    if (this.headBool !== undefined) {
      const value = this.headBool
      this.headBool = undefined
      return value
    }
    this.need(1)
    return this.view.getUint8(this.position++) === compactTrue
  }

  i16(): number {
    return (this.i32() << 16) >> 16
  }

  i32(): number {
    const value = this.varint32()
    return (value >>> 1) ^ -(value & 1)
  }

  i64(): void {
    this.varint64()
    const { low, high } = this
    const sign = -(low & 1)
    this.low = ((low >>> 1) | (high << 31)) ^ sign
    this.high = (high >>> 1) ^ sign
  }

  double(): number {
    this.need(8)
    const value = this.view.getFloat64(this.position, true)
    this.position += 8
    return value
  }

  binary(): void {
    const length = this.varint32() >>> 0
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
    const size = this.listHead(at)
    // Some writers give an empty list no element type.
    if (size !== 0 && this.fieldType !== type)
      throw badThrift(`${name} has elements of type ${this.fieldType}, not ${type}`, at)
    return size
  }

  skip(): void {
    if (this.headBool === undefined) this.skipValue(this.fieldType, 1)
    this.headBool = undefined
  }

  finish(): void {
    const rest = this.bytes.length - this.position
    if (rest > 0) throw badThrift(`${rest} bytes after the end`, this.position)
  }

  /** Reads the head of a list or set: its size, and the type of its elements as {@link fieldType}. */
  private listHead(at: number): number {
    this.need(1)
    const head = this.view.getUint8(this.position++)
    const size = head >>> 4 === 15 ? this.varint32() >>> 0 : head >>> 4
    this.needElements(size, 1, at)
    this.fieldType = size === 0 ? thriftTypes.stop : this.knownType(head & 0x0f, at)
    this.headBool = undefined
    return size
  }

  private skipValue(type: number, depth: number): void {
    if (depth > maxThriftDepth) throw badThrift(`nested more than ${maxThriftDepth} deep`, this.position)
    switch (type) {
      case thriftTypes.bool:
      case thriftTypes.i8:
        this.need(1)
        this.position++
        return
      case thriftTypes.i16:
      case thriftTypes.i32:
      case thriftTypes.i64:
        this.varint64()
        return
      case thriftTypes.double:
        this.double()
        return
      case thriftTypes.string:
        this.binary()
        return
      case thriftTypes.map:
        this.skipMap(depth)
        return
      case thriftTypes.struct:
        this.enter()
        while (this.nextField())
          if (this.headBool === undefined) this.skipValue(this.fieldType, depth + 1)
          else this.headBool = undefined
        return
    }
    const size = this.listHead(this.position)
    const elementType = this.fieldType
    for (let i = 0; i < size; i++) this.skipValue(elementType, depth + 1)
  }

  private skipMap(depth: number): void {
    const at = this.position
    const size = this.varint32() >>> 0
    if (size === 0) return
    this.needElements(size, 2, at)
    this.need(1)
    const types = this.view.getUint8(this.position++)
    const keyType = this.knownType(types >>> 4, at)
    const valueType = this.knownType(types & 0x0f, at)
    for (let i = 0; i < size; i++) {
      this.skipValue(keyType, depth + 1)
      this.skipValue(valueType, depth + 1)
    }
  }

  private knownType(type: number, at: number): number {
    const known = compactTypes[type]
    if (!known) throw badThrift(`a value of type ${type}, which does not exist`, at)
    return known
  }

  /** An unsigned number of 32 bits, as an int32. */
  private varint32(): number {
    const at = this.position
    this.varint64()
    if (this.high !== 0) throw badThrift('a number that needs more than 32 bits', at)
    return this.low
  }

  /** Reads a varint of at most ten bytes into {@link high} and {@link low}, as it stands there. */
  private varint64(): void {
    const at = this.position
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      this.need(1)
      const byte = this.view.getUint8(this.position++)
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift > 28) high |= bits << (shift - 32)
      else {
        low |= bits << 28
        high = bits >>> 4
      }
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break
        this.low = low
        this.high = high
        return
      }
    }
    throw badThrift('a number that needs more than 64 bits', at)
  }

  private needElements(size: number, leastBytes: number, at: number): void {
    const left = this.bytes.length - this.position
    if (size * leastBytes > left) throw badThrift(`${size} elements announced, ${left} bytes left`, at)
  }

  private need(count: number): void {
    const left = this.bytes.length - this.position
    if (count > left) throw badThrift(`${count} bytes wanted, ${left} left`, this.position)
  }
}
