import assert from 'node:assert/strict'
import { isAscii as nodeIsAscii, isUtf8 as nodeIsUtf8 } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { viewOf } from './reader.ts'
import { isAscii, isUtf8 } from './utf8.ts'

/** Bytes that are nearly UTF-8: pieces of text, and bytes that matter at the borders of RFC 3629's table. */
const nearlyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }).map(text => [...Buffer.from(text)]),
      fc.constantFrom(0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf).map(byte => [byte]),
      fc.constantFrom(0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5).map(byte => [byte]),
    ),
    { maxLength: 6 },
  )
  .map(pieces => Uint8Array.from(pieces.flat()))

test('text is judged as Node judges it, wherever it stands', () => {
  fc.assert(
    fc.property(nearlyText, fc.nat(5), fc.nat(5), (bytes, before, behind) => {
      const whole = Uint8Array.from([...Buffer.alloc(before, 0xff), ...bytes, ...Buffer.alloc(behind, 0xff)])
      assert.equal(isUtf8(viewOf(whole), before, before + bytes.length), nodeIsUtf8(bytes))
    }),
    { numRuns: 5000 },
  )
})

test('every sequence of two bytes, and of three and four at the borders, is judged as Node judges it', () => {
  const bytes = new Uint8Array(4)
  const view = viewOf(bytes)
  const borders = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      bytes.set([first, second])
      if (isUtf8(view, 0, 2) !== nodeIsUtf8(bytes.subarray(0, 2))) assert.fail(`${first} ${second}`)
      if (!borders.includes(second)) continue
      for (const third of borders) {
        for (const fourth of borders) {
          bytes.set([third, fourth], 2)
          if (isUtf8(view, 0, 4) !== nodeIsUtf8(bytes)) assert.fail(bytes.join(' '))
        }
      }
    }
  }
})

test('ASCII is told from the rest at every place', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0x7f), { minLength: 4, maxLength: 20 }), fc.nat(), (ascii, place) => {
      const bytes = Uint8Array.from([0xff, ...ascii, 0xff])
      assert.equal(isAscii(viewOf(bytes), 1, bytes.length - 1), true)
      bytes[1 + (place % ascii.length)] = 0x80
      assert.equal(isAscii(viewOf(bytes), 1, bytes.length - 1), nodeIsAscii(bytes.subarray(1, -1)))
    }),
  )
})
