import { WaybillError } from '@waybill/model'
import { viewOf } from './reader.ts'
import { wireTypes } from './schema.ts'
import { isUtf8 } from './utf8.ts'

/**
 * Reads protobuf forwards, field by field (protobuf.dev/programming-guides/encoding). The parts of a value are
 * left in properties, so that reading makes no objects. A message inside a message is read by
 *
 *     const end = reader.enter('Span.process')
 *     while (reader.next(end)) …
 *
 * Every method throws WaybillError BAD_PROTOBUF, with the offset, where the bytes do not hold what is asked for;
 * nothing is set aside for a length that was read. Varints may be no longer than ten bytes, and groups, which
 * nobody writes, are refused.
 */
export class FieldReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Offset of the next byte to be read. */
  position = 0
  /** Number of the field that {@link next} came to, and its wire type. */
  fieldId = 0
  wireType = 0
  /** A varint or fixed64 in two halves of 32 bits, signed; of a fixed32 the lower one. */
  high = 0
  low = 0
  /** Where a value that has a length lies in {@link bytes}. */
  start = 0
  end = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = viewOf(bytes)
  }

  /** Goes to the next field of the message that ends at `limit`, and past its value; false at the end. */
  next(limit: number): boolean {
    if (this.position >= limit) return false
    const at = this.position
    this.varint(limit)
    this.fieldId = this.low >>> 3
    this.wireType = this.low & 7
    if (this.fieldId === 0 || this.high !== 0) throw badProtobuf('a tag that no field has', at)
    switch (this.wireType) {
      case wireTypes.varint:
        this.varint(limit)
        return true
      case wireTypes.fixed64:
        this.need(8, limit)
        this.low = this.view.getInt32(this.position, true)
        this.high = this.view.getInt32(this.position + 4, true)
        this.position += 8
        return true
      case wireTypes.length:
        this.varint(limit)
        if (this.high !== 0) throw badProtobuf('a length of more than 32 bits', at)
        this.need(this.low >>> 0, limit)
        this.start = this.position
        this.end = this.position += this.low >>> 0
        return true
      case wireTypes.fixed32:
        this.need(4, limit)
        this.low = this.view.getInt32(this.position, true)
        this.high = 0
        this.position += 4
        return true
    }
    throw badProtobuf(`wire type ${this.wireType}, which nobody writes`, at)
  }

  /** Fails where the field at hand is not of this wire type; `name` says which field it is. */
  expect(wireType: number, name: string): void {
    if (this.wireType !== wireType)
      throw badProtobuf(`${name} has wire type ${this.wireType}, not ${wireType}`, this.position)
  }

  /** Steps into the message that the field at hand holds. @returns where it ends. */
  enter(name: string): number {
    this.expect(wireTypes.length, name)
    this.position = this.start
    return this.end
  }

  /** Fails where the field at hand is no text in UTF-8. */
  string(name: string): void {
    this.expect(wireTypes.length, name)
    if (!isUtf8(this.view, this.start, this.end)) throw badProtobuf(`${name} is not UTF-8`, this.start)
  }

  /** Fails where the field at hand is not of so many bytes. */
  bytesOf(length: number, name: string): void {
    this.expect(wireTypes.length, name)
    const found = this.end - this.start
    if (found !== length) throw badProtobuf(`${name} has ${found} bytes, not ${length}`, this.start)
  }

  private varint(limit: number): void {
    const at = this.position
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      this.need(1, limit)
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
    throw badProtobuf('a number of more than 64 bits', at)
  }

  private need(count: number, limit: number): void {
    const left = limit - this.position
    if (count > left) throw badProtobuf(`${count} bytes wanted, ${left} left`, this.position)
  }
}

/** The error for protobuf that cannot be read. */
export function badProtobuf(what: string, position: number): WaybillError {
  return new WaybillError('BAD_PROTOBUF', `byte ${position}: ${what}`, { position })
}
