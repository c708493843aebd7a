import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { reasonOf } from '../warn.ts'

const boundMs = 2000

/**
 * Posts the requests that it reads from stdin, each behind its length in four bytes. A process of its own, because
 * one that exits can wait for nothing.
 */
const poster = `
const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const input = Buffer.concat(chunks)
const [url, headers] = process.argv.slice(1)
let ok = true
for (let at = 0; at < input.length; ) {
  const end = at + 4 + input.readUInt32BE(at)
  const body = input.subarray(at + 4, end)
  const answer = await fetch(url, { method: 'POST', headers: JSON.parse(headers), body })
  ok &&= answer.ok
  at = end
}
process.exit(ok ? 0 : 1)
`

export interface Destination {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Sends requests and returns when they are delivered, or after two seconds: what is still queued when a process
 * calls `process.exit` could not be sent otherwise, since nothing asynchronous runs after that.
 *
 * @param requests OTLP protobuf, not compressed.
 */
export function sendBlocking(requests: readonly Uint8Array[], { url, headers }: Destination): void {
  if (requests.length === 0) return
  const { NODE_OPTIONS: _, OTEL_EXPORTER_OTLP_CERTIFICATE: certificate, ...env } = process.env
  const { status, error } = spawned(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      poster,
      url,
      JSON.stringify({ ...headers, 'content-type': 'application/x-protobuf' }),
    ],
    {
      input: Buffer.concat(requests.flatMap(request => [lengthOf(request), request])),
      timeout: boundMs,
      env: certificate === undefined ? env : { ...env, NODE_EXTRA_CA_CERTS: certificate },
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  if (status !== 0) say(`the last spans could not be sent to ${url} on exit`, error)
}

/** What a process may not do (Node's permission model), `spawnSync` says by throwing. */
function spawned(...parameters: Parameters<typeof spawnSync>): {
  readonly status: number | null
  readonly error?: unknown
} {
  try {
    return spawnSync(...parameters)
  } catch (error) {
    return { status: null, error }
  }
}

const stderrFd = 2

/** A process warning would be printed by a later turn of the event loop, and there is none. */
function say(cause: string, error: unknown): void {
  try {
    writeSync(stderrFd, `WaybillInstrument: ${cause}${error === undefined ? '' : `: ${reasonOf(error)}`}\n`)
  } catch {
    // Nobody reads it any more.
  }
}

function lengthOf(request: Uint8Array): Buffer {
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(request.length)
  return length
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Calls `flush` when the process ends: by itself, by `process.exit`, by an uncaught error or by a signal. A
 * signal that the application handles is the application's: flushing waits for its exit. One that it does not
 * handle ends the process as it would have, after flushing.
 */
export function onExit(flush: () => void): void {
  process.on('exit', flush)
  if (!isMainThread) return
  for (const signal of signals) {
    const onSignal = (): void => {
      if (process.listenerCount(signal) - deferringListeners() > 1) return
      flush()
      process.off(signal, onSignal)
      process.kill(process.pid, signal)
    }
    // Before those of the application: one that it registered to be called once is then still counted.
    process.prependListener(signal, onSignal)
  }
}

/** Under which the package signal-exit keeps how many listeners to a signal are its own: 4.x, and before that. */
const signalExitKeys = [Symbol.for('signal-exit emitter'), '__signal_exit_emitter__'] as const

/**
 * How many listeners leave the end to others, as ours does: those of the package signal-exit, which ends the process
 * only where nobody else listens. Where both wait for the other, no signal ends the process.
 */
function deferringListeners(): number {
  const [present, former] = signalExitKeys
  const emitters = [
    (globalThis as Record<symbol, unknown>)[present],
    (process as unknown as Record<string, unknown>)[former],
  ]
  return emitters.reduce<number>((sum, emitter) => {
    const { count } = (emitter ?? {}) as { readonly count?: unknown }
    return sum + (typeof count === 'number' ? count : 0)
  }, 0)
}
