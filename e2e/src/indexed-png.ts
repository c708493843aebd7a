import { crc32, deflateSync, inflateSync } from 'node:zlib'

/*
 * PNG (W3C, Portable Network Graphics, third edition), as far as a browser's screenshots need it: eight bits a
 * channel, three or four channels, no interlacing; out comes colour type 3, one byte a pixel.
 */

const signature = Buffer.from('89504e470d0a1a0a', 'hex')
const mostColours = 256

/** A picture of a page with at most 256 colours, a third of the size. Throws for a PNG of another kind. */
export function indexedPng(png: Uint8Array): Buffer {
  const { width, height, channels, bytes } = readPng(Buffer.from(png))
  const pixels = unfiltered(bytes, width * channels, height, channels)
  const { palette, indexes } = reduced(pixels, channels)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = 3
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) indexes.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function readPng(png: Buffer) {
  if (!png.subarray(0, 8).equals(signature)) throw new Error('This is no PNG')
  const parts: Buffer[] = []
  let header = Buffer.alloc(13)
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = Buffer.from(data)
    if (type === 'IDAT') parts.push(data)
    at += length + 12
  }
  const [depth, colourType, , , interlace] = header.subarray(8)
  const channels = colourType === 6 ? 4 : 3
  if (depth !== 8 || (colourType !== 2 && colourType !== 6) || interlace !== 0)
    throw new Error(`A PNG of depth ${depth}, colour type ${colourType}, interlace ${interlace}`)
  return {
    width: header.readUInt32BE(0),
    height: header.readUInt32BE(4),
    channels,
    bytes: inflateSync(Buffer.concat(parts)),
  }
}

/** Takes the filters out (section 9): each row begins with the number of its own. */
function unfiltered(bytes: Buffer, rowBytes: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(rowBytes * height)
  for (let y = 0; y < height; y++) {
    const filter = bytes[y * (rowBytes + 1)]
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x
      const left = x >= channels ? (out[at - channels] ?? 0) : 0
      const above = y > 0 ? (out[at - rowBytes] ?? 0) : 0
      const corner = x >= channels && y > 0 ? (out[at - rowBytes - channels] ?? 0) : 0
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0
      out[at] = (bytes[y * (rowBytes + 1) + 1 + x] ?? 0) + guess
    }
  }
  return out
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

/** The most frequent colours are kept; each of the others becomes the nearest of these. */
function reduced(pixels: Buffer, channels: number) {
  const counts = new Map<number, number>()
  const colourAt = (at: number): number =>
    ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0)
  for (let at = 0; at < pixels.length; at += channels) {
    const colour = colourAt(at)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour)
  const palette = byCount.slice(0, mostColours)
  const places = new Map(byCount.map(colour => [colour, nearest(colour, palette)]))
  const indexes = Buffer.alloc(pixels.length / channels)
  for (let i = 0; i < indexes.length; i++) indexes[i] = places.get(colourAt(i * channels)) ?? 0
  return { palette, indexes }
}

function nearest(colour: number, palette: readonly number[]): number {
  let best = 0
  let bestDistance = Number.POSITIVE_INFINITY
  for (const [place, other] of palette.entries()) {
    const distance =
      ((colour >> 16) - (other >> 16)) ** 2 +
      (((colour >> 8) & 255) - ((other >> 8) & 255)) ** 2 +
      ((colour & 255) - (other & 255)) ** 2
    if (distance < bestDistance) [best, bestDistance] = [place, distance]
  }
  return best
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, check])
}
