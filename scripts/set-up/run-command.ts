import { spawn } from 'node:child_process'

/** A command of the set-up failed. The message is what to tell the user. */
export class SetUpError extends Error {
  override readonly name = 'SetUpError'
}

/** How a command ended, with stdout and stderr in the order they came. */
export interface CommandResult {
  /** Undefined when the command was ended by a signal or does not exist. */
  readonly code: number | undefined
  readonly output: string
}

/** Runs a command to its end without standard input. Does not throw: a command that does not exist has no code. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (text: string): void => {
    output += text
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  return new Promise(resolve => {
    child.once('error', error => resolve({ code: undefined, output: error.message }))
    child.once('close', code => resolve({ code: code ?? undefined, output }))
  })
}
