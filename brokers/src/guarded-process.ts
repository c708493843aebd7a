import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** What to run, and what to do should this process die without ending it. */
export interface GuardedCommand {
  readonly command: string
  readonly args: readonly string[]
  /** Its working directory; ours where absent. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Shell text that the watchdog runs when our process is gone and the command has ended. */
  readonly afterOrphaned?: string
  /** How long the command may take to end by SIGTERM before it gets SIGKILL. */
  readonly graceMs: number
}

/** A running command that does not outlive us. */
export interface GuardedProcess {
  readonly pid: number
  /** stdout and stderr, line by line, for as long as the command runs. */
  onLine(listener: (line: string) => void): void
  /** Resolves with a description ("exit code 1", "SIGKILL") when the command has ended, and what it started with it. */
  readonly ended: Promise<string>
  /** SIGTERM, then SIGKILL after the grace; resolves when the command has ended. */
  end(): Promise<void>
}

/*
 * The shell becomes the command (exec), so that its process id and signals are the command's own. Before
 * that it leaves a watchdog behind which reads descriptor 3, a pipe whose other end only we hold. A line on
 * it means "ended, nothing to do"; end-of-file means that we died, by whatever signal.
 */
const watchdog = `
(
  trap '' INT TERM HUP
  read -r word <&3 && exit 0
  kill -TERM $$ 2>/dev/null
  waited=0
  while kill -0 $$ 2>/dev/null && [ $waited -lt "$GUARD_GRACE_SECONDS" ]; do sleep 1; waited=$((waited + 1)); done
  kill -KILL $$ 2>/dev/null
  eval "$GUARD_AFTER_ORPHANED"
  kill -KILL -$$
) >/dev/null 2>&1 &
exec "$@" 3<&-
`

/**
 * Runs a command in a process group of its own, so that Ctrl-C reaches us first and we end it in order, with
 * a watchdog that ends it when we die without doing so (kill -9 included). Needs a POSIX shell.
 */
export function runGuarded(guarded: GuardedCommand): GuardedProcess {
  const child = spawn('sh', ['-c', watchdog, 'sh', guarded.command, ...guarded.args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    cwd: guarded.cwd,
    env: {
      ...process.env,
      ...guarded.env,
      GUARD_GRACE_SECONDS: String(Math.ceil(guarded.graceMs / 1000)),
      GUARD_AFTER_ORPHANED: guarded.afterOrphaned ?? ':',
    },
  })
  const guard = child.stdio[3] as Writable
  // The watchdog may be gone already when we tell it to go.
  guard.on('error', () => undefined)
  const ended = endOf(child, () => {
    guard.end('ended\n')
    if (child.pid !== undefined) killGroup(child.pid)
  })
  return {
    pid: child.pid ?? -1,
    onLine: listener => {
      for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, listener)
    },
    ended,
    end: async () => {
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), guarded.graceMs)
      await ended
      clearTimeout(kill)
    },
  }
}

/** What the command started and left behind is in its group still. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function endOf(child: ChildProcess, onExit: () => void): Promise<string> {
  // Not before the last line has been read.
  const closed = once(child, 'close')
  closed.catch(() => undefined)
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    onExit()
    await closed
    return signal ?? `exit code ${code}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function eachLine(stream: Readable, listener: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) listener(line)
  })
}
