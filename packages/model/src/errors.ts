/** One way a request can fail: what the client is told, and whether trying again can help. */
export interface ErrorKind {
  readonly status: number
  readonly retry: boolean
  /** What the reader of the message can do about it. */
  readonly advice: string
}

/**
 * Every error that leaves Waybill, by its stable code. docs/errors.md shows the same table; a test holds
 * the two together. Match on `code`, never on the text of a message.
 */
export const errorTable = {
  BAD_PROTOBUF: {
    status: 400,
    retry: false,
    advice: 'Send the protobuf message that the endpoint takes, whole.',
  },
  BAD_JSON: { status: 400, retry: false, advice: 'Send JSON in the format that the endpoint takes.' },
  BAD_THRIFT: {
    status: 400,
    retry: false,
    advice: 'Send the thrift struct or list that the endpoint takes, whole.',
  },
  BAD_COMPRESSION: { status: 400, retry: false, advice: 'Make the body match its Content-Encoding.' },
  BAD_QUERY: { status: 400, retry: false, advice: 'Correct the query at the position given.' },
  BAD_PARAMETER: { status: 400, retry: false, advice: 'Correct the parameter named.' },
  CROSS_SITE: {
    status: 403,
    retry: false,
    advice: "Ask from Waybill's own pages, or from a program that is no browser.",
  },
  NOT_FOUND: { status: 404, retry: false, advice: 'Check the id and the time range.' },
  METHOD_NOT_ALLOWED: { status: 405, retry: false, advice: 'Use the method that the Allow header names.' },
  BODY_TOO_LARGE: {
    status: 413,
    retry: false,
    advice: 'Send fewer spans a request, or raise receive.maxBodyBytes or spool.maxBytes.',
  },
  UNSUPPORTED_TYPE: { status: 415, retry: false, advice: 'Set Content-Type to one the endpoint takes.' },
  BUSY: {
    status: 429,
    retry: true,
    advice: 'Slow down, or send smaller requests: large ones wait to be read. Retry after the time given.',
  },
  SPOOL_FULL: {
    status: 429,
    retry: true,
    advice: 'Slow down: the store is behind. Retry after the time given.',
  },
  SPOOL_UNWRITABLE: {
    status: 503,
    retry: true,
    advice: "Make room on the disk of the server's data folder; clients may retry.",
  },
  QUERY_TOO_LARGE: { status: 422, retry: false, advice: 'Narrow the time range or add a service.' },
  SHUTTING_DOWN: { status: 503, retry: true, advice: 'Retry: the server is stopping.' },
  INTERNAL: { status: 500, retry: true, advice: 'See the server log; the entry has the same time.' },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorTable

/** An error with a place in {@link errorTable}. `message` says what was wrong and where. */
export class WaybillError extends Error {
  override readonly name = 'WaybillError'
  readonly code: ErrorCode
  /** Offset in the query text or the body, where one place is to blame. */
  readonly position: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly position?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.position = options.position
  }

  get status(): number {
    return errorTable[this.code].status
  }

  get retry(): boolean {
    return errorTable[this.code].retry
  }
}
