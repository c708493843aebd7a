import { viewOf } from './reader.ts'

/** The value of each hex digit by its character. */
const nibbles = new Uint8Array(128)
for (const digit of '0123456789abcdefABCDEF') nibbles[digit.charCodeAt(0)] = Number.parseInt(digit, 16)

/** Room that every write of a tag, a varint or a fixed-size value may count on. */
const slack = 24

/** A writer that is used again keeps no larger buffer than this. */
const mostKeptBytes = 1 << 20

/**
 * Writes protobuf into a buffer that doubles when it is full. Fields are written in the order of the calls;
 * a nested message is whatever is written between {@link begin} and {@link end}.
 *
 * Tags are given as the number that stands in the bytes: field number times 8 plus wire type.
 */
export class ProtobufWriter {
  private bytes: Buffer
  private view: DataView
  private position = 0

  constructor(sizeBytes = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(sizeBytes, slack))
    this.view = viewOf(this.bytes)
  }

  /** How many bytes have been written. */
  get length(): number {
    return this.position
  }

  /** Forgets what was written; what {@link finish} gave may change from now on. */
  reset(): void {
    this.position = 0
    if (this.bytes.length <= mostKeptBytes) return
    this.bytes = Buffer.allocUnsafeSlow(mostKeptBytes)
    this.view = viewOf(this.bytes)
  }

  /** The bytes written so far; a later write may change or abandon the memory behind them. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }

  /** Starts a nested message. Its length will be known only at its end, so one byte is kept free for it. */
  begin(tag: number): number {
    this.tag(tag)
    return ++this.position
  }

  /** Ends the message that began at `start`, the value {@link begin} gave. */
  end(start: number): void {
    const length = this.position - start
    if (length < 0x80) {
      this.bytes[start - 1] = length
      return
    }
    const extra = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4
    this.reserve(extra)
    this.bytes.copyWithin(start + extra, start, this.position)
    const end = this.position + extra
    this.position = start - 1
    this.uint(length)
    this.position = end
  }

  /** Writes a tag alone; a value must follow. */
  tag(tag: number): void {
    this.reserve(slack)
    if (tag < 0x80) this.bytes[this.position++] = tag
    else this.uint(tag)
  }

  string(tag: number, text: string): void {
    this.tag(tag)
    // Three bytes are the most that one UTF-16 unit can take.
    this.reserve((text.length < 40 ? text.length * 3 : Buffer.byteLength(text)) + slack)
    if (text.length < 40 && this.shortAscii(text)) return
    const start = ++this.position
    this.position += this.bytes.write(text, start)
    this.end(start)
  }

  /** A field of bytes: `from` to `to` of `source`. */
  raw(tag: number, source: Uint8Array, from = 0, to: number = source.length): void {
    this.tag(tag)
    this.uint(to - from)
    this.append(source, from, to)
  }

  /** Appends bytes as they are, with neither tag nor length. */
  append(source: Uint8Array, from = 0, to: number = source.length): void {
    this.reserve(to - from + slack)
    if (to - from < 24) {
      for (let i = from; i < to; i++) this.bytes[this.position++] = source[i] as number
    } else {
      this.bytes.set(from === 0 && to === source.length ? source : source.subarray(from, to), this.position)
      this.position += to - from
    }
  }

  /** A varint field of at most 53 bits. */
  varint(tag: number, value: number): void {
    this.tag(tag)
    this.uint(value)
  }

  /** A varint field of 64 bits, negative numbers in two's complement. */
  varint64(tag: number, value: bigint): void {
    this.tag(tag)
    let rest = BigInt.asUintN(64, value)
    while (rest > 0x7fn) {
      this.bytes[this.position++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.bytes[this.position++] = Number(rest)
  }

  fixed32(tag: number, value: number): void {
    this.tag(tag)
    this.view.setUint32(this.position, value, true)
    this.position += 4
  }

  fixed64(tag: number, value: bigint): void {
    this.tag(tag)
    this.view.setBigUint64(this.position, value, true)
    this.position += 8
  }

  /** A fixed64 field from its two halves, each an int32 or a uint32. */
  fixed64Halves(tag: number, high: number, low: number): void {
    this.tag(tag)
    this.view.setInt32(this.position, low, true)
    this.view.setInt32(this.position + 4, high, true)
    this.position += 8
  }

  double(tag: number, value: number): void {
    this.tag(tag)
    this.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  /** A varint field of 64 bits from its two halves, each an int32. */
  varint64Halves(tag: number, high: number, low: number): void {
    this.tag(tag)
    let upper = high
    let lower = low
    while (upper !== 0 || lower < 0 || lower > 0x7f) {
      this.bytes[this.position++] = (lower & 0x7f) | 0x80
      lower = (lower >>> 7) | (upper << 25)
      upper >>>= 7
    }
    this.bytes[this.position++] = lower
  }

  /** A field of 8 bytes, given as two int32 in the order of the bytes. */
  bytes8(tag: number, first: number, second: number): void {
    this.tag(tag)
    this.bytes[this.position++] = 8
    this.view.setInt32(this.position, first)
    this.view.setInt32(this.position + 4, second)
    this.position += 8
  }

  /** A field of 16 bytes, given as four int32 in the order of the bytes. */
  bytes16(tag: number, first: number, second: number, third: number, fourth: number): void {
    this.tag(tag)
    this.bytes[this.position++] = 16
    this.view.setInt32(this.position, first)
    this.view.setInt32(this.position + 4, second)
    this.view.setInt32(this.position + 8, third)
    this.view.setInt32(this.position + 12, fourth)
    this.position += 16
  }

  /** A field of bytes from hex digits of either case, of which there must be an even number. */
  hex(tag: number, digits: string): void {
    this.tag(tag)
    this.uint(digits.length / 2)
    this.reserve(digits.length)
    // Ids are short: by the digit is faster than a call out of JavaScript.
    for (let at = 0; at < digits.length; at += 2) {
      const high = nibbles[digits.charCodeAt(at)] as number
      this.bytes[this.position++] = high * 16 + (nibbles[digits.charCodeAt(at + 1)] as number)
    }
  }

  private shortAscii(text: string): boolean {
    const start = this.position
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) return false
      this.bytes[start + 1 + i] = unit
    }
    this.bytes[start] = text.length
    this.position = start + 1 + text.length
    return true
  }

  private uint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.position++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.position++] = rest
  }

  private reserve(count: number): void {
    if (this.position + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.position + count))
    grown.set(this.bytes.subarray(0, this.position))
    this.bytes = grown
    this.view = viewOf(grown)
  }
}
