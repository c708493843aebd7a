import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What the kernel says a process has used. Linux only: it reads /proc. */
export interface ProcessUsage {
  /** User and system time of all its threads, in milliseconds. */
  readonly cpuMs: number
  readonly rssBytes: number
  /** The most it ever had resident. */
  readonly peakRssBytes: number
  /** Without the pages of mapped files, the engine's library among them. */
  readonly anonymousBytes: number
}

const clockTicksPerSecond = 100

/** Reads `/proc/<pid>/stat` and `status` (proc(5)). */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the command in brackets and may hold blanks: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    cpuMs: (ticks * 1000) / clockTicksPerSecond,
    rssBytes: statusBytes(status, 'VmRSS'),
    peakRssBytes: statusBytes(status, 'VmHWM'),
    anonymousBytes: statusBytes(status, 'RssAnon'),
  }
}

/**
 * Watches how much anonymous memory a process has, since the kernel keeps no peak of it.
 *
 * @returns ends the watch and gives the most that was seen, in bytes.
 */
export function watchAnonymous(pid: number): () => number {
  let peakBytes = 0
  const look = (): void => {
    peakBytes = Math.max(peakBytes, processUsage(pid).anonymousBytes)
  }
  const timer = setInterval(look, 50)
  return () => {
    look()
    clearInterval(timer)
    return peakBytes
  }
}

function statusBytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
}

/** Bytes that the files below a folder take on the disk. A file that several paths lead to counts once. */
export function diskBytes(folder: string): number {
  const blocksOf = new Map<number, number>()
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = entry.isFile()
      ? statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
      : undefined
    if (file !== undefined) blocksOf.set(file.ino, file.blocks)
  }
  return 512 * [...blocksOf.values()].reduce((sum, blocks) => sum + blocks, 0)
}
