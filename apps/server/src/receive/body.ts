import type { IncomingMessage } from 'node:http'
import { decompress, tooLarge } from './inflate.ts'

/** The client went away before its body was whole; there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/**
 * Reads a request's body whole and undoes its Content-Encoding.
 *
 * @param maxBytes the limit before and after decompression. What lies beyond is not kept.
 * @throws WaybillError BODY_TOO_LARGE, BAD_COMPRESSION, UNSUPPORTED_TYPE; ClientGone.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  const body = await readRaw(request, maxBytes)
  return coding === 'identity' || coding === '' ? body : decompress(body, coding, maxBytes)
}

function readRaw(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  // The answer goes out at once; Node reads the rest of the body away, so that the connection stays good.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const add = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes <= maxBytes) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      request.off('data', add)
      reject(tooLarge(maxBytes))
    }
    request.on('data', add)
    request.on('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes)),
    )
    request.on('error', cause => reject(new ClientGone('the client went away', { cause })))
    request.on('close', () => reject(new ClientGone('the client went away')))
  })
}
