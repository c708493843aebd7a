import type { FastifyInstance } from 'fastify'
import { StartupError, systemCode } from './startup-error.ts'

/** Where to listen, and the names for the one line that says why it failed. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Short: `otlp-http`. */
  readonly name: string
  /** Such as `OTLP over HTTP`. */
  readonly purpose: string
  /** The port's setting, such as `otlpHttp.port`. */
  readonly setting: string
}

/** Something that listens. */
export interface Listening {
  readonly name: string
  readonly purpose: string
  /** Where it is reached, such as `http://127.0.0.1:4318`. */
  readonly url: string
  /** Takes nothing new, answers what it has taken, and lets go of the port. */
  close(): Promise<void>
}

/** Requests that are still not answered this long after the end was asked for lose their connection. */
export const graceMs = 5_000

/**
 * Has a server listen. Clients that end their side of a connection behind the request are answered, too: Node drops
 * such an answer unless told otherwise, and the client would send its spans once more.
 *
 * @throws StartupError where the port cannot be had.
 */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<Listening> {
  const { host, port, name, purpose } = options
  Object.assign(app.server, { httpAllowHalfOpen: true })
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenError(options, error)
  }
  const address = app.server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const close = async (): Promise<void> => {
    const impatience = setTimeout(() => app.server.closeAllConnections(), graceMs)
    await app.close()
    clearTimeout(impatience)
  }
  return { name, purpose, url: urlOf(host, bound), close }
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Where a program on this machine reaches what listens on `host`; every interface includes localhost. */
export function urlOf(host: string, port: number, scheme = 'http'): string {
  return `${scheme}://${hostPort(['0.0.0.0', '::', ''].includes(host) ? 'localhost' : host, port)}`
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'the port needs rights that this process has not',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
}

/** The line for a port that could not be had. */
export function listenError({ host, port, purpose, setting }: ListenOptions, cause: unknown): StartupError {
  const code = systemCode(cause) ?? /\bE[A-Z]{4,}\b/.exec(String(cause))?.[0]
  const reason = reasons[code ?? ''] ?? code ?? String(cause)
  return new StartupError(
    `cannot listen on ${hostPort(host, port)} for ${purpose}: ${reason} (setting ${setting})`,
    { cause },
  )
}
