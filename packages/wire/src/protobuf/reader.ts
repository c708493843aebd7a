import { wireTypes } from './schema.ts'

/** A view of all of `bytes`, wherever they lie in their buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Where the last varint that {@link readVarint} read ended, or -1 where it was cut short or too long. A
 * variable of the module and not a second return value, since an object for each varint would cost more
 * than the varint.
 */
export let varintEnd = 0

/**
 * Reads a varint (protobuf encoding, "Base 128 Varints") of at most ten bytes as a number, which is exact to
 * 53 bits, and sets {@link varintEnd}. Lengths and tags fit; values of 64 bits are for {@link readVarint64}.
 *
 * A tenth byte must be 1: a larger one overflows 64 bits, and with 0 the varint is longer than it has to
 * be, which ClickHouse's reader refuses.
 */
export function readVarint(view: DataView, start: number, end: number): number {
  let value = 0
  let scale = 1
  const limit = Math.min(end, start + 10)
  for (let position = start; position < limit; position++) {
    const byte = view.getUint8(position)
    if (byte < 0x80) {
      if (position === start + 9 && byte !== 1) break
      varintEnd = position + 1
      return value + byte * scale
    }
    value += (byte & 0x7f) * scale
    scale *= 128
  }
  varintEnd = -1
  return 0
}

/** Reads a varint of 64 bits as an unsigned number and sets {@link varintEnd}, under the same rules. */
export function readVarint64(view: DataView, start: number, end: number): bigint {
  let value = 0n
  const limit = Math.min(end, start + 10)
  for (let position = start; position < limit; position++) {
    const byte = view.getUint8(position)
    value |= BigInt(byte & 0x7f) << BigInt(7 * (position - start))
    if (byte < 0x80) {
      if (position === start + 9 && byte !== 1) break
      varintEnd = position + 1
      return value
    }
  }
  varintEnd = -1
  return 0n
}

/**
 * Where a field's value ends that begins after its tag at `start`.
 *
 * @returns -1 where it does not end inside the message, and for groups and unknown wire types.
 */
export function valueEnd(view: DataView, wireType: number, start: number, end: number): number {
  let from = start
  let length = -1
  if (wireType === wireTypes.varint) {
    readVarint(view, start, end)
    return varintEnd
  }
  if (wireType === wireTypes.length) {
    length = readVarint(view, start, end)
    from = varintEnd
  } else if (wireType === wireTypes.fixed64) length = 8
  else if (wireType === wireTypes.fixed32) length = 4
  return length < 0 || from < 0 || length > end - from ? -1 : from + length
}
