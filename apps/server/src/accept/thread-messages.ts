import type { ErrorCode } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import type { Examined } from './examine.ts'

/** What the thread answers: what a body turned out to be, or what examining failed with. */
export type Reply = Outcome | { readonly failure: unknown }

/** {@link Examined}, with what its error is made of. */
export type Outcome =
  | (Examined & { readonly isSound: true })
  | { readonly isSound: false; readonly fault: Fault; readonly rejectedSpans: number }

/** A WaybillError's parts: of an error that crosses to another thread, no more than an Error is left. */
export interface Fault {
  readonly code: ErrorCode
  readonly message: string
  readonly position: number | undefined
  readonly cause: unknown
}

/** What is sent of an outcome. */
export function outcomeOf(examined: Examined): Outcome {
  if (examined.isSound) return examined
  const { code, message, position, cause } = examined.error
  return { isSound: false, fault: { code, message, position, cause }, rejectedSpans: examined.rejectedSpans }
}

/** The same on the other side. */
export function examinedOf(reply: Outcome): Examined {
  if (reply.isSound) return reply
  const { code, message, position, cause } = reply.fault
  const options = { ...(position !== undefined && { position }), ...(cause !== undefined && { cause }) }
  return {
    isSound: false,
    error: new WaybillError(code, message, options),
    rejectedSpans: reply.rejectedSpans,
  }
}
