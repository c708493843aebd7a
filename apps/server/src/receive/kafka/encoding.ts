import { WaybillError } from '@waybill/model'
import type { SpanEncoding } from '@waybill/wire/detect'
import { detectEncoding } from '@waybill/wire/detect'

/**
 * The encoding that the value of a record is in, told from its bytes.
 *
 * @throws WaybillError UNSUPPORTED_TYPE for bytes in no encoding of spans.
 */
export function encodingOf(bytes: Uint8Array): SpanEncoding {
  const encoding = detectEncoding(bytes)
  if (encoding === undefined)
    throw new WaybillError('UNSUPPORTED_TYPE', `${opening(bytes)} begins no encoding of spans`)
  return encoding
}

function opening(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 8)).toString('hex')
}
