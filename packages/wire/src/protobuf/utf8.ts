/** Whether the bytes from `start` to `end`, at least four of them, are all ASCII. */
export function isAscii(view: DataView, start: number, end: number): boolean {
  let bits = view.getInt32(end - 4)
  for (let position = start; position < end - 4; position += 4) bits |= view.getInt32(position)
  return (bits & 0x80808080) === 0
}

/**
 * Whether the bytes from `start` to `end` are UTF-8 (RFC 3629, section 4: no overlong forms, no surrogates,
 * nothing above U+10FFFF). Reads four bytes at a time while they are ASCII, which most text in spans is; a
 * call into native code for each of the short strings of a span would cost more than the check.
 */
export function isUtf8(view: DataView, start: number, end: number): boolean {
  let position = start
  const lastWord = end - 4
  while (position <= lastWord) {
    if ((view.getInt32(position) & 0x80808080) !== 0) return isWideUtf8(view, position, end)
    position += 4
  }
  while (position < end) {
    if (view.getUint8(position) >= 0x80) return isWideUtf8(view, position, end)
    position++
  }
  return true
}

/*
 * UTF8-2 = C2-DF tail            UTF8-4 = F0 90-BF 2tail / F1-F3 3tail / F4 80-8F 2tail
 * UTF8-3 = E0 A0-BF tail / E1-EC 2tail / ED 80-9F tail / EE-EF 2tail
 */
function isWideUtf8(view: DataView, start: number, end: number): boolean {
  let position = start
  while (position < end) {
    const lead = view.getUint8(position++)
    if (lead < 0x80) continue
    if (lead < 0xc2 || lead > 0xf4) return false
    const tails = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    if (tails > end - position) return false
    const first = view.getUint8(position++)
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (first < least || first > most) return false
    for (let tail = 1; tail < tails; tail++) {
      if ((view.getUint8(position++) & 0xc0) !== 0x80) return false
    }
  }
  return true
}
