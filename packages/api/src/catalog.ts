import type { SpanKind } from '@waybill/model'

export interface ServicesResponse {
  readonly services: readonly {
    readonly name: string
    readonly spanCount: number
    readonly lastSeenUnixMs: number
  }[]
}

export interface OperationsResponse {
  readonly operations: readonly { readonly name: string; readonly kind: SpanKind }[]
}

/** What the server is: for the first visit, and for `waybill` on the command line. */
export interface StatusResponse {
  readonly version: string
  readonly startedUnixMs: number
  readonly spansStored: number
  /** Addresses where spans are taken, by the name of the receiver. */
  readonly receivers: readonly { readonly name: string; readonly address: string }[]
}

/** The body of every error of the native API. */
export interface ErrorResponse {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly advice: string
    /** Offset in `q`, for a query that cannot be read. */
    readonly position?: number
  }
}
