import type { GuardedProcess } from './guarded-process.ts'

/** Enough for the stack of an error that nobody caught. */
const keptLines = 12

/**
 * Waits until a process prints a line that matches, and returns what it printed so far, that line included.
 * Throws an Error whose message holds the last lines it printed, if it ends before or does not print one within
 * the bound; then the process is ended.
 */
export async function untilLine(
  running: GuardedProcess,
  pattern: RegExp,
  boundMs: number,
): Promise<readonly string[]> {
  const lines: string[] = []
  let bound: NodeJS.Timeout | undefined
  const outcome = await new Promise<string>(resolve => {
    bound = setTimeout(() => resolve(`is not ready after ${boundMs / 1000} s`), boundMs)
    let isFound = false
    running.onLine(line => {
      if (isFound) return
      if (line.trim() !== '') lines.push(line.trimEnd())
      isFound = pattern.test(line)
      if (isFound) resolve('ready')
    })
    void running.ended.then(how => resolve(`did not start (${how})`))
  })
  clearTimeout(bound)
  if (outcome === 'ready') return [...lines]
  await running.end()
  throw new Error(`${outcome}: ${lines.slice(-keptLines).join('\n') || 'it printed nothing'}`)
}
