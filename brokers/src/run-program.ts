import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** A program to run to its end. */
export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** A program that is not on this machine. */
export class ProgramMissing extends Error {}

const keptLines = 25

/**
 * Runs a program to its end and returns what it wrote to stdout.
 *
 * @throws ProgramMissing where there is no such command, else an Error with the end of what it wrote if it fails
 * or takes too long; it is killed then.
 */
export async function runProgram({ command, args, cwd, env, timeoutMs }: Program): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // The timer of spawn's own would outlive a command that is not there.
  const bound = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `ended by ${signal}`),
    )
  })
  try {
    const [stdout, stderr, how] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    if (how === 'exit code 0') return stdout
    const lines = `${stdout}\n${stderr}`.split('\n').filter(line => line.trim() !== '')
    throw new Error(`${[command, ...args].join(' ')}: ${how}\n${lines.slice(-keptLines).join('\n')}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new ProgramMissing(`${command} is not installed`)
    throw error
  } finally {
    clearTimeout(bound)
  }
}
