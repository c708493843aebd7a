import type { ErrorResponse } from '@waybill/api'

/** What went wrong with a request, in words for the page. `code` is of errorTable, or `UNREACHABLE`. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code: string
  readonly status: number
  readonly advice: string
  /** Offset in the query text, for a query that cannot be read. */
  readonly position: number | undefined

  constructor(status: number, error: ErrorResponse['error']) {
    super(error.message)
    this.code = error.code
    this.status = status
    this.advice = error.advice
    this.position = error.position
  }
}

/** Values for a query string; what is absent or empty is left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>

/** The address of a path of the API, below the base path that the page was served under. */
export function apiAddress(path: string, parameters: Parameters = {}): string {
  const address = new URL(path.replace(/^\//, ''), document.baseURI)
  for (const [key, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') address.searchParams.set(key, String(value))
  return address.href
}

/**
 * Asks the server for JSON.
 *
 * @throws RequestError where the server says no, cannot be reached, or does not answer in JSON.
 */
export async function requestJson<Body>(
  path: string,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<Body> {
  const response = await fetch(apiAddress(path, parameters), {
    signal,
    headers: { accept: 'application/json' },
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause
    throw new RequestError(0, {
      code: 'UNREACHABLE',
      message: 'Waybill does not answer.',
      advice: 'See whether the server is still running and the network reaches it.',
    })
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return body as Body
  throw new RequestError(response.status, isErrorResponse(body) ? body.error : unexpected(response))
}

function isErrorResponse(body: unknown): body is ErrorResponse {
  return typeof (body as ErrorResponse | undefined)?.error?.message === 'string'
}

function unexpected(response: Response): ErrorResponse['error'] {
  return {
    code: 'INTERNAL',
    message: `The answer was not JSON (HTTP ${response.status}).`,
    advice: 'Something between this page and Waybill may have answered instead.',
  }
}
