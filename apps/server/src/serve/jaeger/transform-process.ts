import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { ErrorCode } from '@waybill/model'
import { WaybillError } from '@waybill/model'

/**
 * Twice what the largest body takes when it is traces. What is made to take more, such as millions of empty objects, is
 * given up.
 */
const mostHeapMb = 1024
/** The program's argument for an indented answer. */
export const prettyArgument = '--pretty'
/** The program ends with it when stdout has the code and message of a WaybillError as JSON. */
export const refusedExitCode = 3
/** Of Node where something was thrown. Out of memory, a process is ended by a signal. */
const thrownExitCode = 1

const program = fileURLToPath(new URL('transform-program.ts', import.meta.url))

export interface TransformOrder {
  readonly body: Uint8Array
  readonly isPretty: boolean
}

/**
 * Transforms a body in a process of its own: the event loop stays free, memory is given back, and JSON that takes more
 * than there is ends that process alone (a thread would take the server along).
 *
 * @param heapMb the most that its objects may take.
 * @returns the answer's text.
 * @throws what the body is refused with, WaybillError BODY_TOO_LARGE where it takes too much memory, or what
 *   `signal` is aborted with.
 */
export async function transformApart(
  { body, isPretty }: TransformOrder,
  signal: AbortSignal,
  heapMb = mostHeapMb,
): Promise<Buffer> {
  signal.throwIfAborted()
  const options = [`--max-old-space-size=${heapMb}`, program, ...(isPretty ? [prettyArgument] : [])]
  const child = spawn(process.execPath, options, { stdio: 'pipe' })
  const end = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', end)
  try {
    const closed = once(child, 'close') as Promise<[exitCode: number | null]>
    // It may end before it has read all.
    child.stdin.on('error', () => {})
    child.stdin.end(body)
    const [output, complaint, [exitCode]] = await Promise.all([
      buffer(child.stdout),
      text(child.stderr),
      closed,
    ])
    signal.throwIfAborted()
    if (exitCode === 0) return output
    if (exitCode === refusedExitCode) throw refusal(output)
    if (exitCode === thrownExitCode) throw new Error(`a transform failed: ${complaint}`)
    throw new WaybillError('BODY_TOO_LARGE', `to transform the body takes more than ${heapMb} MiB of memory`)
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function refusal(output: Buffer): WaybillError {
  const { code, message } = JSON.parse(output.toString()) as {
    readonly code: ErrorCode
    readonly message: string
  }
  return new WaybillError(code, message)
}
