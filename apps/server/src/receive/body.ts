import type { IncomingMessage } from 'node:http'
import { BodyPool } from './body-pool.ts'
import { decompress, tooLarge } from './inflate.ts'

/** The client went away before its body was whole; there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

const pool = new BodyPool()

/** What is assumed of a body that does not say how long it is. */
const firstGuessBytes = 64 * 1024
/** An announcement alone gets no more than this. */
const firstTakenBytes = 1024 * 1024

/**
 * Reads a request's body whole, undoes its Content-Encoding, and lends it to `use`: once that has ended, the
 * memory belongs to another request.
 *
 * @param maxBytes the limit before and after decompression. What lies beyond is not kept.
 * @throws WaybillError BODY_TOO_LARGE, BAD_COMPRESSION, UNSUPPORTED_TYPE; ClientGone; what `use` throws.
 */
export async function withBody<Result>(
  request: IncomingMessage,
  maxBytes: number,
  use: (body: Buffer) => Promise<Result>,
): Promise<Result> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  const { buffer, bytes } = await readRaw(request, maxBytes)
  try {
    const body = buffer.subarray(0, bytes)
    return await use(coding === 'identity' || coding === '' ? body : await decompress(body, coding, maxBytes))
  } finally {
    pool.give(buffer)
  }
}

interface Filled {
  readonly buffer: Buffer
  readonly bytes: number
}

function readRaw(request: IncomingMessage, maxBytes: number): Promise<Filled> {
  const announced = request.headers['content-length']
  // The answer goes out at once; Node reads the rest of the body away, so that the connection stays good.
  if (Number(announced ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  return new Promise((resolve, reject) => {
    let buffer = pool.take(Math.min(Number(announced ?? firstGuessBytes), firstTakenBytes))
    let bytes = 0
    let over = false
    const end = (settle: () => void): void => {
      if (over) return
      over = true
      settle()
    }
    const fail = (error: Error): void =>
      end(() => {
        pool.give(buffer)
        reject(error)
      })
    request.on('data', (chunk: Buffer) => {
      if (over) return
      const needed = bytes + chunk.length
      if (needed > maxBytes) return fail(tooLarge(maxBytes))
      if (needed > buffer.length) buffer = grow(buffer, bytes, needed)
      chunk.copy(buffer, bytes)
      bytes = needed
    })
    request.on('end', () => end(() => resolve({ buffer, bytes })))
    const gone = (): void => {
      if (!over) fail(new ClientGone('the client went away'))
    }
    request.on('error', gone)
    request.on('close', gone)
  })
}

function grow(buffer: Buffer, bytes: number, needed: number): Buffer {
  const larger = pool.take(Math.max(needed, buffer.length * 2))
  buffer.copy(larger, 0, 0, bytes)
  pool.give(buffer)
  return larger
}
