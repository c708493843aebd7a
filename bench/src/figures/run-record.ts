import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import type { Values } from './figure.ts'
import { yardstickMs } from './yardstick.ts'

/** What a run was and what it measured: the contents of `bench/results/<bench>.json`. */
export interface RunRecord {
  readonly bench: string
  readonly date: string
  /** With a `+` where files differed from the commit. */
  readonly commit: string
  readonly node: string
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGigabytes: number
    readonly system: string
  }
  /** Processes that wanted a core in the minute before the run. */
  readonly loadBefore: number
  /** Time of a fixed piece of work; see yardstick.ts. The mean of before and after the run. */
  readonly yardstickMs: number
  /** Size and shape of the input; runs compare only where these are equal. */
  readonly input: Readonly<Record<string, number | string>>
  /** Peers that took no part, and why. */
  readonly missing: readonly string[]
  readonly values: Values
}

/** What is known of a run before it starts. Call it first: the load is that of the minute before. */
export function startRecord(
  bench: string,
  input: RunRecord['input'],
): (values: Values, missing?: readonly string[]) => RunRecord {
  const loadBefore = Number((loadavg()[0] ?? 0).toFixed(2))
  const before = yardstickMs()
  return (values, missing = []) => ({
    bench,
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: commit(),
    node: process.versions.node,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGigabytes: Math.round(totalmem() / 1e9),
      system: `${type()} ${release()}`,
    },
    loadBefore,
    yardstickMs: Number(((before + yardstickMs()) / 2).toFixed(1)),
    input,
    missing,
    values,
  })
}

function commit(): string {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  try {
    // What a bench itself writes with --write changes nothing that is measured.
    const written = [':!BENCHMARKS.md', ':!bench/results']
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ...written)
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : '+')
  } catch {
    return 'unknown'
  }
}
