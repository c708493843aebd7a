import type { ErrorResponse } from '@waybill/api'
import type { Command } from 'commander'
import { Option } from 'commander'
import { StartupError } from '../startup-error.ts'

/** The option that says which server a command asks. */
export function addServerOption(command: Command): Command {
  const option = new Option('--server <url>', 'address of the Waybill server')
  return command.addOption(option.env('WAYBILL_URL').default('http://127.0.0.1:16686'))
}

/**
 * Asks the server's native API.
 *
 * @param server its address, base path included.
 * @param path a path of `apiPaths`.
 * @param parameters query string; entries that are undefined are left out.
 * @throws StartupError in one line: no server there, or what the server said.
 */
export async function ask<Answer>(
  server: string,
  path: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer> {
  const url = addressOf(server, path)
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value)
  let response: Response
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(60_000) })
  } catch (cause) {
    throw new StartupError(unreachable(server, cause), { cause })
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return body as Answer
  throw new StartupError(refusal(server, response.status, body))
}

function addressOf(server: string, path: string): URL {
  const base = server.includes('://') ? server : `http://${server}`
  if (!URL.canParse(base)) throw new StartupError(`--server: ${server} is no address`, { exitCode: 2 })
  return new URL(base.replace(/\/+$/, '') + path)
}

function unreachable(server: string, cause: unknown): string {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const code = reason instanceof Error && 'code' in reason ? reason.code : undefined
  if (code === 'ECONNREFUSED')
    return `no Waybill server at ${server}: start one with \`npm run server\`, or name one with --server`
  if (reason instanceof Error && reason.name === 'TimeoutError') return `${server} has not answered in 60 s`
  return `cannot reach ${server}: ${reason instanceof Error ? reason.message : String(reason)}`
}

function refusal(server: string, status: number, body: unknown): string {
  if (!isErrorResponse(body))
    return `${server} answered ${status}, which is not Waybill's way: check --server`
  const { message, position, advice } = body.error
  const place = position === undefined ? '' : ` (at character ${position + 1} of the query)`
  return `${message}${place}. ${advice}`
}

function isErrorResponse(body: unknown): body is ErrorResponse {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const { error } = body
  return typeof error === 'object' && error !== null && 'message' in error && 'advice' in error
}
