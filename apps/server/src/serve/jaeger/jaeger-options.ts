import type { ErrorLog } from '../error-reply.ts'
import type { Queries } from '../queries.ts'

/** What every part of Jaeger's APIs is made of. */
export interface JaegerOptions {
  readonly queries: Queries
  readonly log: ErrorLog
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The largest shift of a host's clock that is made in an answer, in milliseconds; 0 only warns. */
  readonly maxClockSkew: number
}
