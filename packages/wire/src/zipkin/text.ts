/** A text of sound UTF-8, by where it lies. One object serves for many texts, one after the other. */
export interface Text {
  bytes: Uint8Array
  start: number
  end: number
}

/** To make a typed array takes longer than to read a text. */
const noBytes = new Uint8Array(0)

export function newText(): Text {
  return { bytes: noBytes, start: 0, end: 0 }
}

/** The text of a string. */
export function textOf(value: string): Text {
  const text = newText()
  setText(text, value)
  return text
}

export function isEmpty(text: Text): boolean {
  return text.start === text.end
}

export function clearText(text: Text): void {
  text.start = text.end = 0
}

/** Makes `text` the text of a string. */
export function setText(text: Text, value: string): void {
  text.bytes = value === '' ? noBytes : Buffer.from(value)
  text.start = 0
  text.end = text.bytes.length
}

/** The text as a string. */
export function stringOf({ bytes, start, end }: Text): string {
  return utf8String(bytes, start, end)
}

/** Longer texts are worth a call into native code. */
const shortBytes = 16

/** Sound UTF-8 as a string. */
export function utf8String(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  if (end - start <= shortBytes)
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number
      if (byte >= 0x80) break
      text += String.fromCharCode(byte)
    }
  if (text.length === end - start) return text
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
}

/** Zipkin compares names in small letters, and so stores them. */
export function lowerText(text: Text): void {
  const { bytes, start, end } = text
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte < 0x41 || (byte > 0x5a && byte < 0x80)) continue
    setText(text, stringOf(text).toLowerCase())
    return
  }
}

/** A number for each of a few ASCII keys, found from a text's bytes without making a string of them. */
export class KeyTable {
  readonly #keys: readonly Uint8Array[]
  /** By length, first and last byte, which tell all keys apart: the place in the list, plus one. */
  readonly #places = new Uint8Array(32 * 32)

  constructor(keys: readonly string[]) {
    this.#keys = keys.map(key => Buffer.from(key))
    for (const [index, key] of this.#keys.entries()) {
      const place = placeOf(key, 0, key.length)
      if (this.#places[place] !== 0) throw new Error(`${keys[index]} has the place of another key`)
      this.#places[place] = index + 1
    }
  }

  /** The place of the text in the list of keys, -1 where it is none of them. */
  find({ bytes, start, end }: Text): number {
    if (end - start > 31 || end === start) return -1
    const index = (this.#places[placeOf(bytes, start, end)] as number) - 1
    if (index < 0) return -1
    const key = this.#keys[index] as Uint8Array
    for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return -1
    return key.length === end - start ? index : -1
  }
}

function placeOf(bytes: Uint8Array, start: number, end: number): number {
  return (end - start) * 32 + (((bytes[start] as number) ^ (bytes[end - 1] as number)) & 31)
}
