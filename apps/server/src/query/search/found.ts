import type { TraceId } from '@waybill/model'
import type { FoundTrace } from './traces.ts'

/** A trace with a span that matches. */
export interface Match {
  readonly traceId: TraceId
  /** Of a matching span; the trace started then or before. Nanoseconds since 1970. */
  readonly startNano: bigint
  /** Where it has been looked up already. */
  readonly trace?: FoundTrace | undefined
}

export interface Matches {
  readonly found: readonly Match[]
  /** Every trace of the window that started at this time or after it has been found. */
  readonly seenFromNano: bigint
  readonly isComplete: boolean
}

/** Pages of the traces of one window, newest first. */
export type NextMatches = () => Promise<Matches>
