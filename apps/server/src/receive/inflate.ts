import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib'
import { WaybillError } from '@waybill/model'
import { systemCode } from '../startup-error.ts'

type Decompress = (body: Buffer, limits: { maxOutputLength: number; chunkSize: number }) => Promise<Buffer>

const inflateZlib = promisify(inflate)
const inflateBare = promisify(inflateRaw)

/** Content codings that are undone, by their names in Content-Encoding (RFC 9110, section 8.4.1; RFC 8878). */
const codings: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: (body, limits) => (hasZlibHeader(body) ? inflateZlib(body, limits) : inflateBare(body, limits)),
  zstd: promisify(zstdDecompress),
}

/** For Accept-Encoding in the answer to one we do not know. */
export const knownCodings = Object.keys(codings).join(', ')

/** What a thread hands back at a time: spans compress to about a tenth, and each turn costs a hop. */
const chunkSize = 256 * 1024

/**
 * Undoes a Content-Encoding, piece by piece and off the event loop, so that a small body which would become
 * a huge one is given up at the limit.
 *
 * @throws WaybillError UNSUPPORTED_TYPE for a coding we do not know, BAD_COMPRESSION for a body that is not
 *   in it or is cut short, BODY_TOO_LARGE past `maxBytes`.
 */
export async function decompress(body: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  const undo = Object.hasOwn(codings, coding) ? codings[coding] : undefined
  if (undo === undefined)
    throw new WaybillError('UNSUPPORTED_TYPE', `Content-Encoding ${coding} is not one of ${knownCodings}`)
  try {
    return await undo(body, { maxOutputLength: maxBytes, chunkSize: Math.min(chunkSize, maxBytes + 1) })
  } catch (cause) {
    if (systemCode(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, 'decompressed ')
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new WaybillError('BAD_COMPRESSION', `the body is not ${coding}: ${reason}`, { cause })
  }
}

/** The error for a body over the limit. */
export function tooLarge(maxBytes: number, which = ''): WaybillError {
  return new WaybillError('BODY_TOO_LARGE', `the ${which}body is larger than ${maxBytes} bytes`)
}

/**
 * HTTP's deflate is the zlib format (RFC 9110, section 8.4.1.2), yet some senders leave its header off. Its
 * first two bytes name the method, 8, and are a multiple of 31 (RFC 1950, section 2.2).
 */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] as number) & 15) === 8 && body.readUInt16BE(0) % 31 === 0
}
