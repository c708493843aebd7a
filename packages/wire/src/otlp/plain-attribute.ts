import { isAscii } from '../protobuf/utf8.ts'

/**
 * Whether the bytes from `start` to `end` are a KeyValue of the commonest form, and sound: an ASCII key of
 * at most 127 bytes, then a value that is a short ASCII string or an integer. `false` only says that the
 * slow way must decide. Two thirds of all bytes are attributes of this form, and to look at such an
 * attribute as a whole takes a third of the time that its five fields take one by one.
 *
 *     0a <key length> <key> 12 <value length> 0a <string length> <string>
 *     0a <key length> <key> 12 <value length> 18 <varint>
 *
 * Lengths are single bytes below 0x80; the check for ASCII covers them too.
 */
export function isPlainAttribute(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  if (end - start < 6 || bytes[start] !== 0x0a) return false
  const value = start + 2 + (bytes[start + 1] as number)
  if (value > end - 4 || bytes[value] !== 0x12 || bytes[value + 1] !== end - value - 2) return false
  if (bytes[value + 2] === 0x0a) return bytes[value + 3] === end - value - 4 && isAscii(view, start, end)
  if (bytes[value + 2] !== 0x18) return false
  // Nine bytes or fewer: all but the last have the upper bit.
  if (end - value > 12 || (bytes[end - 1] as number) >= 0x80) return false
  for (let position = value + 3; position < end - 1; position++) {
    if ((bytes[position] as number) < 0x80) return false
  }
  return isAscii(view, start, value + 3)
}
