import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readVarint, readVarint64, varintEnd, viewOf } from './reader.ts'
import { ProtobufWriter } from './writer.ts'

function written(write: (writer: ProtobufWriter) => void): string {
  const writer = new ProtobufWriter(1)
  write(writer)
  return Buffer.from(writer.finish()).toString('hex')
}

test('a nested message is moved when its length needs more bytes', () => {
  for (const [size, length] of [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_151, 'ffff7f'],
    [2_097_152, '80808001'],
  ] as const) {
    const content = Buffer.alloc(size, 'ab')
    const hex = written(writer => {
      const start = writer.begin(0x0a)
      writer.append(content)
      writer.end(start)
      writer.varint(0x08, 5)
    })
    assert.ok(hex === `0a${length}${content.toString('hex')}0805`, `${size} bytes`)
  }
})

test('nested messages end one inside the other', () => {
  const hex = written(writer => {
    const outer = writer.begin(0x0a)
    const inner = writer.begin(0x12)
    writer.append(Buffer.alloc(127))
    writer.end(inner)
    writer.end(outer)
  })
  assert.equal(hex, `0a8101127f${'00'.repeat(127)}`)
})

test('text is UTF-8 with its length in bytes', () => {
  const texts = [
    '',
    'a'.repeat(39),
    'a'.repeat(40),
    'ä',
    `${'a'.repeat(38)}🟢`,
    '緑'.repeat(43),
    'x'.repeat(5000),
  ]
  for (const text of texts) {
    const bytes = Buffer.from(text)
    const length = written(writer => writer.varint(0, bytes.length)).slice(2)
    assert.equal(
      written(writer => writer.string(0x0a, text)),
      `0a${length}${bytes.toString('hex')}`,
    )
  }
})

test('integers are written in full, negative ones in two’s complement', () => {
  for (const [value, hex] of [
    [0n, '00'],
    [127n, '7f'],
    [128n, '8001'],
    [2n ** 32n, '8080808010'],
    [2n ** 63n - 1n, 'ffffffffffffffff7f'],
    [-1n, 'ffffffffffffffffff01'],
    [-(2n ** 63n), '80808080808080808001'],
  ] as const) {
    assert.equal(
      written(writer => writer.varint64(0x18, value)),
      `18${hex}`,
    )
    assert.equal(
      written(writer => writer.varint64Halves(0x18, Number(value >> 32n), Number(BigInt.asIntN(32, value)))),
      `18${hex}`,
    )
  }
})

test('values of fixed size have their bytes in order', () => {
  const hex = written(writer => {
    writer.fixed32(0x85, 0xfffffffe)
    writer.fixed64(0x39, 0x0102030405060708n)
    writer.fixed64Halves(0x39, 0x01020304, 0x05060708)
    writer.bytes8(0x12, 0x01020304, -2)
    writer.bytes16(0x0a, 1, 2, 3, -1)
    writer.hex(0x0a, 'c0ffee')
    writer.raw(0x3a, Buffer.from('abcdef'), 1, 3)
  })
  assert.equal(
    hex,
    [
      '8501feffffff',
      '390807060504030201',
      '390807060504030201',
      '120801020304fffffffe',
      '0a10000000010000000200000003ffffffff',
      '0a03c0ffee',
      '3a026263',
    ].join(''),
  )
})

test('varints come back, and say where they end', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), value => {
      const bytes = Buffer.from(`${written(writer => writer.varint64(0x08, value))}ff`, 'hex')
      const view = viewOf(bytes)
      assert.equal(readVarint64(view, 1, bytes.length), value)
      assert.equal(varintEnd, bytes.length - 1)
      const number = readVarint(view, 1, bytes.length)
      if (value <= Number.MAX_SAFE_INTEGER) assert.equal(number, Number(value))
      else assert.ok(number > Number.MAX_SAFE_INTEGER)
      assert.equal(varintEnd, bytes.length - 1)
      for (const read of [readVarint, readVarint64]) {
        read(view, 1, bytes.length - 2)
        assert.equal(varintEnd, -1)
      }
    }),
  )
})
