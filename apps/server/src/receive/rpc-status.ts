import type { ErrorCode } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import type { RpcStatus } from '@waybill/wire/otlp'
import { retryDelayMs } from './receiver.ts'

/** Numbers of google.rpc.Code. */
const rpcCodes = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const

/** What is not here is the fault of the request. */
const codes: Readonly<Partial<Record<ErrorCode, number>>> = {
  NOT_FOUND: rpcCodes.NOT_FOUND,
  METHOD_NOT_ALLOWED: rpcCodes.UNIMPLEMENTED,
  BODY_TOO_LARGE: rpcCodes.RESOURCE_EXHAUSTED,
  BUSY: rpcCodes.RESOURCE_EXHAUSTED,
  SPOOL_FULL: rpcCodes.RESOURCE_EXHAUSTED,
  SPOOL_UNWRITABLE: rpcCodes.UNAVAILABLE,
  SHUTTING_DOWN: rpcCodes.UNAVAILABLE,
  INTERNAL: rpcCodes.INTERNAL,
}

/**
 * The google.rpc.Status of an error (OTLP specification, "Failures"): with a delay where a client may send
 * the same again. Of errors that are not ours it says nothing but that.
 */
export function rpcStatusOf(error: unknown): RpcStatus {
  if (!(error instanceof WaybillError)) return { code: rpcCodes.INTERNAL, message: 'internal error' }
  const status = { code: codes[error.code] ?? rpcCodes.INVALID_ARGUMENT, message: error.message }
  return error.retry && error.code !== 'INTERNAL' ? { ...status, retryDelayMs } : status
}
