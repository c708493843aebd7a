import { viewOf } from '../protobuf/reader.ts'
import { compactProtocolId, compactTypes } from './compact.ts'
import { thriftTypes } from './reader.ts'
import type { ThriftWriter } from './writer.ts'

/** Writes thrift's compact protocol, whose grammar stands at {@link CompactReader}. */
export class CompactWriter implements ThriftWriter {
  private bytes = Buffer.allocUnsafeSlow(1024)
  private view = viewOf(this.bytes)
  private position = 0
  /** Ids of the last fields of this struct and of those around it. */
  private readonly lastIds: number[] = [0]

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }

  message(name: string, type: number): void {
    this.byte(compactProtocolId)
    this.byte((type << 5) | 1)
    this.varint(0n)
    this.content(Buffer.from(name))
  }

  field(id: number, type: number): void {
    this.head(id, compactTypes.indexOf(type))
    if (type === thriftTypes.struct) this.lastIds.push(0)
  }

  stop(): void {
    this.byte(0)
    if (this.lastIds.length > 1) this.lastIds.pop()
  }

  bool(id: number, value: boolean): void {
    this.head(id, value ? 1 : 2)
  }

  i16(id: number, value: number): void {
    this.field(id, thriftTypes.i16)
    this.zigzag(BigInt(value))
  }

  i32(id: number, value: number): void {
    this.field(id, thriftTypes.i32)
    this.zigzag(BigInt(value))
  }

  i64(id: number, value: bigint): void {
    this.field(id, thriftTypes.i64)
    this.zigzag(BigInt.asIntN(64, value))
  }

  double(id: number, value: number): void {
    this.field(id, thriftTypes.double)
    this.reserve(8)
    this.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  string(id: number, value: string | Uint8Array): void {
    this.field(id, thriftTypes.string)
    this.content(typeof value === 'string' ? Buffer.from(value) : value)
  }

  structs<Item>(id: number, items: readonly Item[], write: (item: Item) => void): void {
    this.field(id, thriftTypes.list)
    const type = compactTypes.indexOf(thriftTypes.struct)
    this.byte((Math.min(items.length, 15) << 4) | type)
    if (items.length >= 15) this.varint(BigInt(items.length))
    for (const item of items) {
      this.lastIds.push(0)
      write(item)
      this.stop()
    }
  }

  private head(id: number, type: number): void {
    const delta = id - (this.lastIds.at(-1) ?? 0)
    if (delta > 0 && delta < 16) this.byte((delta << 4) | type)
    else {
      this.byte(type)
      this.zigzag(BigInt(id))
    }
    this.lastIds[this.lastIds.length - 1] = id
  }

  private content(content: Uint8Array): void {
    this.varint(BigInt(content.length))
    this.reserve(content.length)
    this.bytes.set(content, this.position)
    this.position += content.length
  }

  private zigzag(value: bigint): void {
    this.varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
  }

  private varint(value: bigint): void {
    let rest = value
    while (rest > 0x7fn) {
      this.byte(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.byte(Number(rest))
  }

  private byte(byte: number): void {
    this.reserve(1)
    this.bytes[this.position++] = byte
  }

  private reserve(count: number): void {
    if (this.position + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.position + count))
    grown.set(this.bytes.subarray(0, this.position))
    this.bytes = grown
    this.view = viewOf(grown)
  }
}
