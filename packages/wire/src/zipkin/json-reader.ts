import { WaybillError } from '@waybill/model'
import { viewOf } from '../protobuf/reader.ts'
import { isUtf8 } from '../protobuf/utf8.ts'
import type { Text } from './text.ts'
import { setText } from './text.ts'

/** How deep values of unknown members may nest. */
const maxJsonDepth = 64

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const minus = 0x2d

/** The error for JSON that cannot be read, or is not what is expected. */
export function badJson(what: string, position: number): WaybillError {
  return new WaybillError('BAD_JSON', `byte ${position}: ${what}`, { position })
}

/**
 * Reads JSON (RFC 8259) forwards from its bytes, one token at a time, so that no object is made for a value:
 *
 *     object = "{" [ string ":" value *( "," string ":" value ) ] "}"
 *     array  = "[" [ value *( "," value ) ] "]"
 *
 * Every method throws WaybillError BAD_JSON, with the offset, where the bytes do not hold what is asked for.
 */
export class JsonReader {
  readonly bytes: Buffer
  position = 0
  readonly #view: DataView
  readonly #end: number

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = viewOf(bytes)
    this.#end = bytes.length
  }

  /** The first byte of the next token, which is not read; -1 at the end. */
  peek(): number {
    const { bytes } = this
    const end = this.#end
    let position = this.position
    while (position < end) {
      const byte = bytes[position] as number
      if (byte > 0x20) break
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      position++
    }
    this.position = position
    return position < end ? (bytes[position] as number) : -1
  }

  /** Goes into an array; false where it is empty, and then past it. */
  openArray(name: string): boolean {
    this.#expect(openBracket, `${name} is no list`)
    if (this.peek() !== closeBracket) return true
    this.position++
    return false
  }

  /** Goes to the next element of an array; false where there is none, and then past the array. */
  nextElement(): boolean {
    return this.#next(closeBracket)
  }

  /** Goes into an object; false where it is empty, and then past it. */
  openObject(name: string): boolean {
    this.#expect(openBrace, `${name} is no object`)
    if (this.peek() !== closeBrace) return true
    this.position++
    return false
  }

  /** Goes to the next member of an object; false where there is none, and then past the object. */
  nextMember(): boolean {
    return this.#next(closeBrace)
  }

  /** Reads a member's key and the colon after it. */
  key(text: Text): void {
    this.string(text, 'a key')
    this.#expect(colon, 'a colon is missing')
  }

  /** Steps over `null`, where that comes next. */
  skipNull(): boolean {
    if (this.peek() !== 0x6e) return false
    this.#word('null')
    return true
  }

  string(text: Text, name: string): void {
    if (this.peek() !== quote) throw badJson(`${name} is no text`, this.position)
    const { bytes } = this
    const end = this.#end
    const start = this.position + 1
    let position = start
    let bits = 0
    while (position < end) {
      const byte = bytes[position] as number
      if (byte === quote) break
      if (byte < 0x20) throw badJson(`a control character in ${name}`, position)
      if (byte === backslash) {
        this.#escapedString(text, name)
        return
      }
      bits |= byte
      position++
    }
    if (position >= end) throw badJson(`${name} is cut short`, start - 1)
    if (bits >= 0x80 && !isUtf8(this.#view, start, position)) throw badJson(`${name} is not UTF-8`, start)
    text.bytes = bytes
    text.start = start
    text.end = position
    this.position = position + 1
  }

  /** As {@link string}, or a number, true or false as they are written. */
  scalar(text: Text, name: string): void {
    const first = this.peek()
    if (first === quote) {
      this.string(text, name)
      return
    }
    const start = this.position
    if (first === 0x74) this.#word('true')
    else if (first === 0x66) this.#word('false')
    else if (first === minus || isDigit(first)) this.#number()
    else throw badJson(`${name} is no text`, start)
    text.bytes = this.bytes
    text.start = start
    text.end = this.position
  }

  /** A whole number, or a text that holds one; exact up to 2^53. */
  integer(name: string): number {
    const quoted = this.peek() === quote
    const start = this.position
    const { bytes } = this
    let position = quoted ? start + 1 : start
    const negative = bytes[position] === minus
    if (negative) position++
    const first = position
    let value = 0
    while (isDigit(bytes[position] ?? 0)) value = value * 10 + ((bytes[position++] as number) - 0x30)
    if (position === first) throw badJson(`${name} is no number`, start)
    if (quoted) {
      if (bytes[position] !== quote) throw badJson(`${name} is no whole number`, start)
      this.position = position + 1
    } else {
      this.position = start
      this.#number()
      if (this.position !== position) value = this.#wholeNumber(start, name)
      else if (negative) value = -value
      return value
    }
    return negative ? -value : value
  }

  boolean(name: string): boolean {
    const first = this.peek()
    if (first === 0x74) this.#word('true')
    else if (first === 0x66) this.#word('false')
    else throw badJson(`${name} is neither true nor false`, this.position)
    return first === 0x74
  }

  /** Steps over a value, whatever it is. */
  skip(scratch: Text, depth = 1): void {
    if (depth > maxJsonDepth) throw badJson(`nested more than ${maxJsonDepth} deep`, this.position)
    const first = this.peek()
    if (first === openBrace) {
      if (this.openObject('a value'))
        do {
          this.key(scratch)
          this.skip(scratch, depth + 1)
        } while (this.nextMember())
    } else if (first === openBracket) {
      if (this.openArray('a value'))
        do this.skip(scratch, depth + 1)
        while (this.nextElement())
    } else if (first === 0x6e) this.#word('null')
    else this.scalar(scratch, 'a value')
  }

  /** Fails where anything but white space is left. */
  finish(): void {
    if (this.peek() !== -1) throw badJson(`${this.#end - this.position} bytes after the end`, this.position)
  }

  #next(close: number): boolean {
    const byte = this.peek()
    if (byte === comma) {
      this.position++
      return true
    }
    if (byte !== close) throw badJson(byte === -1 ? 'cut short' : 'a comma is missing', this.position)
    this.position++
    return false
  }

  #expect(byte: number, otherwise: string): void {
    const found = this.peek()
    if (found !== byte) throw badJson(found === -1 ? 'cut short' : otherwise, this.position)
    this.position++
  }

  #word(word: string): void {
    const { bytes, position } = this
    for (let i = 0; i < word.length; i++)
      if (bytes[position + i] !== word.charCodeAt(i)) throw badJson('an unknown word', position)
    this.position += word.length
  }

  /** Steps over a number: [ "-" ] int [ frac ] [ exp ]. */
  #number(): void {
    const { bytes } = this
    const start = this.position
    const digits = (): boolean => {
      const first = this.position
      while (isDigit(bytes[this.position] ?? 0)) this.position++
      return this.position > first
    }
    if (bytes[this.position] === minus) this.position++
    const leading = this.position
    if (!digits()) throw badJson('a number without digits', start)
    if (bytes[leading] === 0x30 && this.position > leading + 1)
      throw badJson('a number that begins with 0', start)
    if (bytes[this.position] === 0x2e) {
      this.position++
      if (!digits()) throw badJson('a number without digits after its point', start)
    }
    if (((bytes[this.position] ?? 0) | 0x20) === 0x65) {
      this.position++
      if (bytes[this.position] === 0x2b || bytes[this.position] === minus) this.position++
      if (!digits()) throw badJson('a number without an exponent', start)
    }
  }

  /** Of a number with a fraction or an exponent, such as 1.5e3, what it is if that is whole. */
  #wholeNumber(start: number, name: string): number {
    const value = Number(this.bytes.toString('latin1', start, this.position))
    if (!Number.isInteger(value)) throw badJson(`${name} is no whole number`, start)
    return value
  }

  #escapedString(text: Text, name: string): void {
    const { bytes } = this
    const start = this.position
    let position = start + 1
    while (position < this.#end && bytes[position] !== quote)
      position += bytes[position] === backslash ? 2 : 1
    if (position >= this.#end) throw badJson(`${name} is cut short`, start)
    if (!isUtf8(this.#view, start, position)) throw badJson(`${name} is not UTF-8`, start)
    try {
      setText(text, JSON.parse(bytes.toString('utf8', start, position + 1)))
    } catch {
      throw badJson(`an escape in ${name} that is none`, start)
    }
    this.position = position + 1
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
