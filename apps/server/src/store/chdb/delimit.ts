import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { StoreRefusedError } from '../engine.ts'

/** About as much as one message of the copy holds, in bytes. */
const messageBytes = 1 << 20

/**
 * Copies a segment into protobuf's delimited form, in which every message follows its length. The segment is
 * one message of up to some 30 MB, and the engine would hold all of it in columns at once; the copy holds the
 * same resources in messages of about 1 MB, which the engine reads and works on a few at a time.
 *
 * Grammar: segment = { tag value }, where wire type 2 is a resource (or a field we do not know), and the
 * others are fields we do not know; copy = { length { tag value } }.
 *
 * @throws StoreRefusedError where the segment is no list of whole fields.
 */
export async function delimitSegment(from: string, to: string): Promise<void> {
  const source = await open(from, 'r')
  try {
    const target = await open(to, 'w')
    try {
      await copy(source, target, (await source.stat()).size)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function copy(source: FileHandle, target: FileHandle, size: number): Promise<void> {
  let buffer = Buffer.allocUnsafe(Math.min(size, messageBytes))
  let position = 0
  while (position < size) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, size - position), position)
    const { whole, next } = wholeFields(buffer.subarray(0, bytesRead))
    if (whole > 0) {
      await target.writev([lengthPrefix(whole), buffer.subarray(0, whole)])
      position += whole
    } else {
      // One resource is larger than the buffer.
      if (next <= buffer.length || position + next > size)
        throw new StoreRefusedError(`no whole field at byte ${position}`)
      buffer = Buffer.allocUnsafe(next)
    }
  }
}

/** How many bytes of whole fields `bytes` begins with, and where the field behind them ends. */
function wholeFields(bytes: Buffer): { readonly whole: number; readonly next: number } {
  let whole = 0
  while (whole < bytes.length) {
    const end = fieldEnd(bytes, whole)
    if (end === 0 || end > bytes.length) return { whole, next: end }
    whole = end
  }
  return { whole, next: whole }
}

/** Where the field at `start` ends; 0 where that is not in `bytes` to be seen. */
function fieldEnd(bytes: Buffer, start: number): number {
  const tagEnd = varintEnd(bytes, start)
  if (tagEnd === 0) return 0
  switch ((bytes[start] ?? 0) & 7) {
    case 0:
      return varintEnd(bytes, tagEnd)
    case 1:
      return tagEnd + 8
    case 5:
      return tagEnd + 4
  }
  const lengthEnd = varintEnd(bytes, tagEnd)
  let length = 0
  for (let at = lengthEnd - 1; at >= tagEnd; at--) length = length * 128 + ((bytes[at] ?? 0) & 0x7f)
  return lengthEnd === 0 ? 0 : lengthEnd + length
}

function varintEnd(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) if ((bytes[at] ?? 0) < 0x80) return at + 1
  return 0
}

function lengthPrefix(length: number): Uint8Array {
  const bytes: number[] = []
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
