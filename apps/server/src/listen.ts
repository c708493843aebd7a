import { StartupError, systemCode } from './startup-error.ts'

/** Where to listen, and what for; the names are for the one line that says why it failed. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Such as `OTLP over HTTP`. */
  readonly purpose: string
  /** The port's setting, such as `otlpHttp.port`. */
  readonly setting: string
}

/** Something that listens, under the address that it has. */
export interface Listening {
  readonly purpose: string
  /** `127.0.0.1:4318`. */
  readonly address: string
  /** Takes nothing new, answers what it has taken, and lets go of the port. */
  close(): Promise<void>
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The line for a port that could not be had. */
export function listenError({ host, port, purpose, setting }: ListenOptions, cause: unknown): StartupError {
  const code = systemCode(cause) ?? /\bE[A-Z]{4,}\b/.exec(String(cause))?.[0]
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is in use',
    EACCES: 'the port needs rights that this process has not',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such host',
  }
  const reason = reasons[code ?? ''] ?? code ?? String(cause)
  return new StartupError(
    `cannot listen on ${hostPort(host, port)} for ${purpose}: ${reason} (setting ${setting})`,
    { cause },
  )
}
