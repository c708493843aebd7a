import type { ErrorResponse } from '@waybill/api'
import type { ErrorCode } from '@waybill/model'
import { errorTable, WaybillError } from '@waybill/model'

/** The part of a logger that handlers need. */
export interface ErrorLog {
  readonly error: (details: object, message: string) => void
}

const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_PARAMETER',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  414: 'BAD_PARAMETER',
  415: 'UNSUPPORTED_TYPE',
}

/**
 * Every failure as an error of the table. What the HTTP framework refuses (bad escapes in a path, a body too
 * large) keeps its text; anything unforeseen becomes INTERNAL, whose details go to the log, not to the client.
 */
export function asWaybillError(error: unknown): WaybillError {
  if (error instanceof WaybillError) return error
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  const code = codeByStatus[status]
  if (code === undefined || !(error instanceof Error))
    return new WaybillError('INTERNAL', 'the server failed to answer', { cause: error })
  return new WaybillError(code, error.message, { cause: error })
}

/** The body of an error of the native API. */
export function errorBody(error: WaybillError): ErrorResponse {
  const { code, message, position } = error
  const { advice } = errorTable[code]
  return { error: { code, message, advice, ...(position === undefined ? {} : { position }) } }
}

/** Writes what the client is not told into the log. */
export function logUnforeseen(log: ErrorLog, error: WaybillError, url: string): void {
  if (error.code === 'INTERNAL') log.error({ err: error.cause ?? error, url }, 'a request failed')
}
