import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { indexedPng } from './indexed-png.ts'

const width = 3

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, check])
}

/** A PNG of rows that are filtered already, three channels each. */
function png(rows: readonly (readonly number[])[], colourType = 2, interlace = 0): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(rows.length, 4)
  header.set([8, colourType, 0, 0, interlace], 8)
  const data = deflateSync(Buffer.from(rows.flat()))
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  // Image data may come in several chunks.
  const parts = [data.subarray(0, 5), data.subarray(5)].map(part => chunk('IDAT', part))
  return Buffer.concat([signature, chunk('IHDR', header), ...parts, chunk('IEND', Buffer.alloc(0))])
}

/** The colours of an indexed PNG, a text of six hexadecimal digits a pixel. */
function colours(indexed: Buffer): readonly (readonly string[])[] {
  const parts = new Map<string, Buffer>()
  for (let at = 8; at < indexed.length; at += indexed.readUInt32BE(at) + 12) {
    const data = indexed.subarray(at + 8, at + 8 + indexed.readUInt32BE(at))
    parts.set(indexed.toString('latin1', at + 4, at + 8), data)
  }
  const palette = parts.get('PLTE') ?? Buffer.alloc(0)
  const header = parts.get('IHDR') ?? Buffer.alloc(13)
  assert.deepEqual([...header.subarray(8)], [8, 3, 0, 0, 0])
  const rows = inflateSync(parts.get('IDAT') ?? Buffer.alloc(0))
  const columns = header.readUInt32BE(0)
  return Array.from({ length: header.readUInt32BE(4) }, (_, y) =>
    Array.from({ length: columns }, (_, x) => {
      const place = (rows[y * (columns + 1) + 1 + x] ?? 0) * 3
      return palette.toString('hex', place, place + 3)
    }),
  )
}

test('a picture keeps its colours, whichever filter its rows have', () => {
  const rows = [
    // None; the difference to the pixel before; to the one above; to the mean of both; to the nearest of three.
    [0, 10, 20, 30, 40, 50, 60, 70, 80, 90],
    [1, 10, 20, 30, 30, 30, 30, 30, 30, 30],
    [2, 0, 0, 0, 0, 0, 0, 1, 2, 3],
    [3, 5, 10, 15, 15, 15, 15, 16, 16, 16],
    [4, 0, 0, 0, 0, 0, 0, 255, 255, 255],
  ]
  const first = ['0a141e', '28323c', '46505a']
  assert.deepEqual(colours(indexedPng(png(rows))), [
    first,
    first,
    ['0a141e', '28323c', '47525d'],
    ['0a141e', '28323c', '47525c'],
    ['0a141e', '28323c', '46515b'],
  ])
})

test('what does not fit in 256 colours becomes the nearest that is kept', () => {
  const many = Array.from({ length: 100 }, (_, i) => [0, i, i, i, i, 255, i, 255, i, i])
  const often = Array.from({ length: 10 }, () => [0, 0, 0, 255, 0, 0, 255, 0, 0, 255])
  const out = colours(indexedPng(png([...often, ...many])))
  assert.deepEqual(out[0], ['0000ff', '0000ff', '0000ff'])
  assert.ok(new Set(out.flat()).size <= 256)
  assert.deepEqual(out[10], ['000000', '00ff00', 'ff0000'])
})

test('what is no picture of a page is refused', () => {
  assert.throws(() => indexedPng(Buffer.from('GIF89a')), /no PNG/)
  assert.throws(() => indexedPng(png([[0, 1]], 0)), /colour type 0/)
  assert.throws(() => indexedPng(png([[0, 1]], 2, 1)), /interlace 1/)
})
