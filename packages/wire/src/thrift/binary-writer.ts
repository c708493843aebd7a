import { viewOf } from '../protobuf/reader.ts'
import { strictVersion } from './binary.ts'
import { thriftTypes } from './reader.ts'
import type { ThriftWriter } from './writer.ts'
/** Writes thrift's binary protocol, whose grammar stands at {@link BinaryReader}. */
export class BinaryWriter implements ThriftWriter {
  private bytes = Buffer.allocUnsafeSlow(1024)
  private view = viewOf(this.bytes)
  private position = 0

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }

  message(name: string, type: number): void {
    const content = Buffer.from(name)
    this.reserve(12 + content.length)
    this.put32((strictVersion << 16) | type)
    this.put32(content.length)
    this.bytes.set(content, this.position)
    this.position += content.length
    this.put32(0)
  }

  field(id: number, type: number): void {
    this.reserve(3)
    this.bytes[this.position] = type
    this.view.setInt16(this.position + 1, id)
    this.position += 3
  }

  stop(): void {
    this.reserve(1)
    this.bytes[this.position++] = thriftTypes.stop
  }

  bool(id: number, value: boolean): void {
    this.field(id, thriftTypes.bool)
    this.reserve(1)
    this.bytes[this.position++] = value ? 1 : 0
  }

  i16(id: number, value: number): void {
    this.field(id, thriftTypes.i16)
    this.reserve(2)
    this.view.setInt16(this.position, value)
    this.position += 2
  }

  i32(id: number, value: number): void {
    this.field(id, thriftTypes.i32)
    this.reserve(4)
    this.put32(value)
  }

  i64(id: number, value: bigint): void {
    this.field(id, thriftTypes.i64)
    this.reserve(8)
    this.view.setBigInt64(this.position, BigInt.asIntN(64, value))
    this.position += 8
  }

  double(id: number, value: number): void {
    this.field(id, thriftTypes.double)
    this.reserve(8)
    this.view.setFloat64(this.position, value)
    this.position += 8
  }

  string(id: number, value: string | Uint8Array): void {
    this.field(id, thriftTypes.string)
    const content = typeof value === 'string' ? Buffer.from(value) : value
    this.reserve(4 + content.length)
    this.put32(content.length)
    this.bytes.set(content, this.position)
    this.position += content.length
  }

  structs<Item>(id: number, items: readonly Item[], write: (item: Item) => void): void {
    this.field(id, thriftTypes.list)
    this.reserve(5)
    this.bytes[this.position++] = thriftTypes.struct
    this.put32(items.length)
    for (const item of items) {
      write(item)
      this.stop()
    }
  }

  private put32(value: number): void {
    this.view.setInt32(this.position, value)
    this.position += 4
  }

  private reserve(count: number): void {
    if (this.position + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.position + count))
    grown.set(this.bytes.subarray(0, this.position))
    this.bytes = grown
    this.view = viewOf(grown)
  }
}
