import type { Logger } from 'pino'
import { pino } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'text' | 'json'
}

/** Where lines go; the process's stderr, but for tests. */
export interface LogTarget {
  write(line: string): unknown
}

/** The server's log: one line an entry, on stderr. */
export function createLog({ level, format }: LogOptions, target: LogTarget = process.stderr): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (format === 'json') return pino(options, target)
  return pino(options, { write: line => target.write(asText(JSON.parse(line))) })
}

/** `2026-11-21T09:00:00.000Z warn  the spool is full bytes=1073741824`, an error's text last. */
function asText({ level, time, msg, err, ...fields }: Readonly<Record<string, unknown>>): string {
  const name = pino.levels.labels[Number(level)] ?? ''
  const facts = Object.entries(fields).map(([key, value]) => ` ${key}=${plain(value)}`)
  const cause = isError(err) ? `: ${err.message}` : ''
  return `${time} ${name.padEnd(5)} ${msg}${facts.join('')}${cause}\n`
}

function plain(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)
}

function isError(value: unknown): value is { readonly message: string } {
  return typeof value === 'object' && value !== null && 'message' in value
}
