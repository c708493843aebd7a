import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

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
  const { status, error } = spawnSync(
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
  // A process warning would be printed by a later turn of the event loop, and there is none.
  if (status !== 0)
    writeSync(
      process.stderr.fd,
      `WaybillInstrument: the last spans could not be sent to ${url} on exit${error === undefined ? '' : `: ${error.message}`}\n`,
    )
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
      if (process.listenerCount(signal) > 1) return
      flush()
      process.off(signal, onSignal)
      process.kill(process.pid, signal)
    }
    process.on(signal, onSignal)
  }
}
