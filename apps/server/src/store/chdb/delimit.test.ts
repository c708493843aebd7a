import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { StoreRefusedError } from '../engine.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { delimitSegment } from './delimit.ts'

/** A field 1 of wire type 2, as each resource of a segment is. */
function resource(length: number, fill = 7): Buffer {
  return Buffer.concat([Buffer.from([0x0a]), varint(length), Buffer.alloc(length, fill)])
}

function varint(number: number): Buffer {
  const bytes: number[] = []
  let rest = number
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

/** The messages of a delimited file. */
function messagesOf(bytes: Buffer): readonly Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    let length = 0
    let scale = 1
    for (;;) {
      const byte = bytes[at++] ?? 0
      length += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 128
    }
    assert.ok(at + length <= bytes.length)
    messages.push(bytes.subarray(at, at + length))
    at += length
  }
  return messages
}

async function delimited(folder: string, bytes: Buffer): Promise<readonly Buffer[]> {
  const from = join(folder, 'segment')
  const to = join(folder, 'copy')
  await writeFile(from, bytes)
  await delimitSegment(from, to)
  return messagesOf(await readFile(to))
}

const mebibyte = 1 << 20

test('a segment is cut between resources, at about a mebibyte', async t => {
  const folder = await temporaryFolder(t)
  const sizes: Readonly<Record<string, readonly [resources: readonly number[], messages: number]>> = {
    'an empty one': [[], 0],
    'one empty resource': [[0], 1],
    'a lone small one': [[100], 1],
    'three that fill the buffer to the byte': [[300_000, 300_000, mebibyte - 600_012], 1],
    'three that are one byte more than the buffer': [[300_000, 300_000, mebibyte - 600_011], 2],
    'one larger than the buffer, between small ones': [[10, 3 * mebibyte, 10], 3],
    many: [Array.from({ length: 5000 }, (_, i) => (i * 37) % 1500), 4],
  }
  for (const [name, [resources, count]] of Object.entries(sizes)) {
    const bytes = Buffer.concat(resources.map((size, i) => resource(size, i % 256)))
    const messages = await delimited(folder, bytes)
    assert.ok(Buffer.concat(messages).equals(bytes), name)
    assert.equal(messages.length, count, name)
  }
})

test('fields that Waybill does not know are copied, whatever their wire type', async t => {
  const folder = await temporaryFolder(t)
  const unknown = [
    Buffer.concat([varint(100 * 8), varint(2 ** 28)]),
    Buffer.concat([varint(101 * 8 + 1), Buffer.alloc(8, 1)]),
    Buffer.concat([varint(102 * 8 + 5), Buffer.alloc(4, 2)]),
  ]
  const bytes = Buffer.concat([resource(5), ...unknown, resource(6)])
  assert.deepEqual(await delimited(folder, bytes), [bytes])
})

test('a segment that ends in the middle of a field is refused', async t => {
  const folder = await temporaryFolder(t)
  const bytes = Buffer.concat([resource(500), resource(500)])
  for (const length of [1, 2, 502, 504, 505, bytes.length - 1])
    await assert.rejects(delimited(folder, bytes.subarray(0, length)), StoreRefusedError, String(length))
  await delimited(folder, bytes.subarray(0, 503))
})
